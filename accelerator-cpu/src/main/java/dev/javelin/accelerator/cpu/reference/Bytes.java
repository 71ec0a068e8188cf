package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.DType;

/** Moves elements of one size without reading their values. */
enum Bytes {
    ONE(1) {
        @Override
        void copy(long source, long from, long target, long to) {
            Memory.setByte(target + to, Memory.getByte(source + from));
        }
    },
    TWO(2) {
        @Override
        void copy(long source, long from, long target, long to) {
            Memory.setShort(target + to * 2, Memory.getShort(source + from * 2));
        }
    },
    FOUR(4) {
        @Override
        void copy(long source, long from, long target, long to) {
            Memory.setInt(target + to * 4, Memory.getInt(source + from * 4));
        }
    },
    EIGHT(8) {
        @Override
        void copy(long source, long from, long target, long to) {
            Memory.setLong(target + to * 8, Memory.getLong(source + from * 8));
        }
    };

    private final int size;

    Bytes(int size) {
        this.size = size;
    }

    static Bytes of(DType dtype) {
        return switch (dtype.bytes()) {
            case 1 -> ONE;
            case 2 -> TWO;
            case 4 -> FOUR;
            default -> EIGHT;
        };
    }

    /** Bytes of an element. */
    int size() {
        return size;
    }

    /** Copies element {@code from} of the array at {@code source} to element {@code to} of that at {@code target}. */
    abstract void copy(long source, long from, long target, long to);
}
