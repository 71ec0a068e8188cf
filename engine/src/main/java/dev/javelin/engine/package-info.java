/**
 * Turns a training step into a program and a plan into a schedule, and runs it: trace, differentiate, lower,
 * schedule, place, verify, run.
 */
@NullMarked
package dev.javelin.engine;

import org.jspecify.annotations.NullMarked;
