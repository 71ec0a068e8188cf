package dev.javelin.engine.program;

import dev.javelin.api.TensorType;

/**
 * A value of a program, written once.
 *
 * @param number unique within its program
 */
public record Value(int number, TensorType type) {
    @Override
    public String toString() {
        return "%" + number;
    }
}
