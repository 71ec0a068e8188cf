package dev.javelin.engine.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which write each byte of a memory last got, as disjoint ranges. */
final class Ranges {
    private final TreeMap<Long, Range> byStart = new TreeMap<>();

    /**
     * Bytes with one last writer.
     *
     * @param end exclusive
     * @param writer the value's number; negative for a workspace or for memory never written
     * @param issue of the write; -1 before the program
     * @param readers issues that read it since
     */
    record Range(long start, long end, int writer, int issue, List<Integer> readers) {}

    /** Marks a range as written. */
    void set(long start, long bytes, int writer, int issue) {
        if (bytes == 0) {
            return;
        }
        long end = start + bytes;
        cut(start);
        cut(end);
        byStart.subMap(start, end).clear();
        byStart.put(start, new Range(start, end, writer, issue, new ArrayList<>()));
    }

    /** The ranges that cover these bytes; those never written have writer -1. */
    List<Range> over(long start, long bytes) {
        if (bytes == 0) {
            return List.of();
        }
        cut(start);
        cut(start + bytes);
        List<Range> ranges = new ArrayList<>();
        long at = start;
        for (Range range : byStart.subMap(start, start + bytes).values()) {
            if (range.start() > at) {
                ranges.add(new Range(at, range.start(), -1, -1, new ArrayList<>()));
            }
            ranges.add(range);
            at = range.end();
        }
        if (at < start + bytes) {
            ranges.add(new Range(at, start + bytes, -1, -1, new ArrayList<>()));
        }
        return ranges;
    }

    private void cut(long at) {
        Map.Entry<Long, Range> entry = byStart.lowerEntry(at);
        if (entry != null && entry.getValue().end() > at) {
            Range range = entry.getValue();
            byStart.put(range.start(), new Range(range.start(), at, range.writer(), range.issue(), range.readers()));
            byStart.put(
                    at, new Range(at, range.end(), range.writer(), range.issue(), new ArrayList<>(range.readers())));
        }
    }
}
