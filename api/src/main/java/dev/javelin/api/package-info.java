/**
 * What model code is written in: tensors, operations, layers, parameters and the trainer. Nothing here runs
 * anything; it describes a step that the engine turns into a program.
 */
@NullMarked
package dev.javelin.api;

import org.jspecify.annotations.NullMarked;
