/**
 * Placing: every value gets an address before anything runs. {@link dev.javelin.engine.place.Buffers} decides which
 * values share memory (views, updates in place, gradients inside their chunk, work in place),
 * {@link dev.javelin.engine.place.Packing} gives every temporary buffer an offset by its lifetime, and
 * {@link dev.javelin.engine.place.Placement} is the result: the exact number of bytes that a program needs. Pure.
 */
@NullMarked
package dev.javelin.engine.place;

import org.jspecify.annotations.NullMarked;
