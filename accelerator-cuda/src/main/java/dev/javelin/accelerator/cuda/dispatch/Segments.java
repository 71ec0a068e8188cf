package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.accelerator.cuda.kernel.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Ranges of bytes in every row of the first output, and where they come from: one launch of {@code join} for eight of
 * them.
 *
 * @param rows of the output
 * @param step bytes from one row of the output to the next
 */
record Segments(long rows, long step, List<Segment> segments) {
    private static final String FAMILY = "moves";
    private static final int THREADS = 256;
    /** Bytes that a block copies. */
    private static final long SPAN = 16_384;

    private static final int AT_ONCE = 8;
    private static final int LONGS = 5;

    /**
     * A range of every row.
     *
     * @param input where it comes from; {@link #ZEROS} for zeros
     * @param sourceStep bytes from one row of the input to the next
     * @param sourceAt first byte in a row of the input
     * @param targetAt first byte in a row of the output
     */
    record Segment(int input, long sourceStep, long sourceAt, long targetAt, long bytes) {}

    /** In place of an input. */
    static final int ZEROS = -1;

    static Segments of(long rows, long step) {
        return new Segments(rows, step, List.of());
    }

    Segments with(Segment segment) {
        List<Segment> all = new ArrayList<>(segments);
        if (rows * segment.bytes > 0) {
            all.add(segment);
        }
        return new Segments(rows, step, List.copyOf(all));
    }

    Segments zeros(long targetAt, long bytes) {
        return with(new Segment(ZEROS, 0, 0, targetAt, bytes));
    }

    /** Bytes read and written. */
    double traffic() {
        return segments.stream()
                .mapToDouble(segment -> (segment.input == ZEROS ? 1.0 : 2.0) * rows * segment.bytes)
                .sum();
    }

    /** The launches, for any number of segments. */
    List<Step> join() {
        List<Step> launches = new ArrayList<>();
        for (int from = 0; from < segments.size(); from += AT_ONCE) {
            launches.add(join(segments.subList(from, Math.min(segments.size(), from + AT_ONCE))));
        }
        return launches;
    }

    private Launch join(List<Segment> some) {
        Launch launch = Launch.of(FAMILY, "join").block(THREADS);
        long blocks = 0;
        long[] words = header(AT_ONCE, some.size());
        for (int i = 0; i < AT_ONCE; i++) {
            boolean there = i < some.size();
            launch = there && some.get(i).input != ZEROS ? launch.input(some.get(i).input) : launch.nothing();
            if (there) {
                write(some.get(i), blocks, words, i);
                blocks += blocks(some.get(i));
            }
        }
        return launch.output(0).struct(words).grid(blocks);
    }

    /**
     * The only segment, copied if the predicate says so.
     *
     * @param predicate the input that says it; negative for always
     */
    List<Step> copy(int predicate) {
        if (segments.isEmpty()) {
            return List.of();
        }
        Segment only = segments.getFirst();
        long[] words = header(1, 1);
        write(only, 0, words, 0);
        Launch launch =
                Launch.of(FAMILY, "copy").block(THREADS).grid(blocks(only)).input(only.input);
        return List.of((predicate < 0 ? launch.nothing() : launch.input(predicate))
                .output(0)
                .struct(words));
    }

    private long[] header(int most, int count) {
        long[] words = new long[3 + LONGS * most];
        words[0] = count;
        words[1] = rows;
        words[2] = step;
        return words;
    }

    private static void write(Segment segment, long firstBlock, long[] words, int index) {
        int at = 3 + LONGS * index;
        words[at] = segment.sourceStep;
        words[at + 1] = segment.sourceAt;
        words[at + 2] = segment.targetAt;
        words[at + 3] = segment.bytes;
        words[at + 4] = firstBlock;
    }

    private long blocks(Segment segment) {
        return Math.ceilDiv(Math.multiplyExact(rows, segment.bytes), SPAN);
    }
}
