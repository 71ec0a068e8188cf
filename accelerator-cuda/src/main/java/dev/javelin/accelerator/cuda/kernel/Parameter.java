package dev.javelin.accelerator.cuda.kernel;

import java.util.List;

/** A parameter of a kernel's entry: one or more words of 8 bytes. */
public sealed interface Parameter {

    /** Size of it in the entry's parameter list. */
    int bytes();

    /** Whose address a parameter is. */
    enum Operand {
        INPUT,
        OUTPUT,
        WORKSPACE
    }

    /**
     * An address, known at each launch.
     *
     * @param index of the input or output; 0 for the workspace
     * @param offsetBytes added to it
     */
    record Address(Operand operand, int index, long offsetBytes) implements Parameter {
        @Override
        public int bytes() {
            return Long.BYTES;
        }
    }

    /** A number fixed by shapes and attributes: the bits of a {@code long long} or a {@code double}. */
    record Word(long bits) implements Parameter {
        @Override
        public int bytes() {
            return Long.BYTES;
        }
    }

    /** A struct of 8-byte fields, passed by value: shapes and strides. */
    record Struct(List<Long> words) implements Parameter {
        public Struct {
            words = List.copyOf(words);
        }

        @Override
        public int bytes() {
            return Long.BYTES * words.size();
        }
    }
}
