/**
 * Lowering: from a traced step and a plan to the programs that run. {@link dev.javelin.engine.lower.Chunks} lays the
 * parameters of each unit into flat chunks; {@link dev.javelin.engine.lower.Lowering} replaces parameters by views of
 * chunks, collects gradients into chunks, and appends norm, clipping and update; then
 * {@link dev.javelin.engine.lower.Fusion} and {@link dev.javelin.engine.lower.Decomposition} fit the program to the
 * accelerator and {@link dev.javelin.engine.lower.Pruning} drops what nobody reads. A kind of pair that may become one
 * instruction is a {@code Fusion.Pattern} in a class of its own, and stands in the list of
 * {@link dev.javelin.engine.lower.Fusion}.
 *
 * <p>All are pure functions from program to program.
 */
@NullMarked
package dev.javelin.engine.lower;

import org.jspecify.annotations.NullMarked;
