package dev.javelin.engine.trace;

import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Value;
import java.util.SequencedMap;

/**
 * A written step: forward, and backward if it is for training.
 *
 * @param program reads parameters by path and batch fields by name
 * @param lossSum scalar
 * @param lossWeight scalar
 * @param gradients by parameter path, in the order in which they are complete; empty without a backward pass
 */
public record Traced(Program program, Value lossSum, Value lossWeight, SequencedMap<String, Value> gradients) {}
