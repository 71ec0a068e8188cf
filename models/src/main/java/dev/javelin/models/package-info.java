/**
 * Layers and model families, written as if for one device, against the api alone.
 */
@NullMarked
package dev.javelin.models;

import org.jspecify.annotations.NullMarked;
