package dev.javelin.data;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** A part of a longer sequence. */
record TokenRange(Tokens whole, long from, long to) implements Tokens {
    @Override
    public long count() {
        return to - from;
    }

    @Override
    public int vocabulary() {
        return whole.vocabulary();
    }

    @Override
    public String name() {
        return whole.name();
    }

    @Override
    public void read(long start, long count, MemorySegment destination) {
        Objects.checkFromIndexSize(start, count, count());
        whole.read(from + start, count, destination);
    }
}
