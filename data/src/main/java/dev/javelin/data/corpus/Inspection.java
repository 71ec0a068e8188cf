package dev.javelin.data.corpus;

import dev.javelin.data.tokenize.IdTokenizer;
import dev.javelin.data.tokenize.Tokenizer;
import dev.javelin.data.tokenize.TokenizerIdentity;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** What a corpus holds, by one pass over its tokens. Needs memory for the vocabulary, not for the tokens. */
public final class Inspection {
    private static final int PART_TOKENS = 1 << 16;
    private static final int FIRST_IDS = 1 << 16;

    private final Corpus corpus;
    private long[] counts = new long[FIRST_IDS];
    private final List<long[]> firstRows = new ArrayList<>();
    private long documents;
    private long rows;
    private long document = -1;
    private long documentTokens;
    private long shortest = Long.MAX_VALUE;
    private long longest;

    private Inspection(Corpus corpus) {
        this.corpus = corpus;
    }

    /**
     * What was found.
     *
     * @param shortest tokens of the shortest document
     * @param longest tokens of the longest document
     * @param idsUsed how many ids occur
     * @param mostUsed those that occur most often, first
     */
    public record Report(
            Path path,
            TokenizerIdentity tokenizer,
            long tokens,
            long documents,
            long rows,
            long shortest,
            long longest,
            int idsUsed,
            int largestId,
            List<Use> mostUsed,
            List<Row> firstRows) {}

    /** How often an id occurs. */
    public record Use(int id, String text, long count) {}

    /**
     * The beginning of a row.
     *
     * @param tokens of the whole row
     * @param whole whether the text is all of it
     */
    public record Row(long index, long document, long tokens, String text, boolean whole) {}

    /**
     * Looks at a corpus.
     *
     * @param rows how many of the first rows are shown
     * @param rowTokens tokens of a row that are shown, at most
     * @param mostUsed how many of the ids that occur most often are named
     * @throws dev.javelin.api.JavelinException as {@link Corpus#open}
     */
    public static Report of(Path path, Corpus.Wish wish, int rows, int rowTokens, int mostUsed) {
        try (Corpus corpus = Corpus.open(path, wish)) {
            return new Inspection(corpus).run(rows, rowTokens, mostUsed);
        }
    }

    private Report run(int shown, int rowTokens, int mostUsed) {
        corpus.tokens().eachRow((number, first, count) -> {
            if (firstRows.size() < shown) {
                firstRows.add(new long[] {number, first, count});
            }
            row(number, count);
            return true;
        });
        endDocument();
        count();
        try (Tokenizer tokenizer = corpus.openTokenizer()) {
            List<Row> shownRows = new ArrayList<>();
            for (long[] row : firstRows) {
                shownRows.add(shown(tokenizer, shownRows.size(), row, rowTokens));
            }
            return new Report(
                    corpus.path(),
                    tokenizer(),
                    corpus.tokens().count(),
                    documents,
                    rows,
                    documents == 0 ? 0 : shortest,
                    longest,
                    (int) Arrays.stream(counts).filter(count -> count > 0).count(),
                    largest(),
                    mostUsed(tokenizer, mostUsed),
                    shownRows);
        }
    }

    /** Of ids without a tokenizer, the vocabulary is what occurs. */
    private TokenizerIdentity tokenizer() {
        return corpus.tokenizer().name().equals(IdTokenizer.NAME)
                ? new IdTokenizer(largest() + 1).identity()
                : corpus.tokenizer();
    }

    private void row(long number, long count) {
        rows++;
        if (number != document) {
            endDocument();
            document = number;
        }
        documentTokens += count;
    }

    private void endDocument() {
        if (document >= 0) {
            documents++;
            shortest = Math.min(shortest, documentTokens);
            longest = Math.max(longest, documentTokens);
        }
        documentTokens = 0;
    }

    private void count() {
        long total = corpus.tokens().count();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment part = arena.allocate(ValueLayout.JAVA_INT, PART_TOKENS);
            for (long from = 0; from < total; from += PART_TOKENS) {
                long now = Math.min(PART_TOKENS, total - from);
                corpus.tokens().read(from, now, part);
                for (long i = 0; i < now; i++) {
                    count(part.getAtIndex(ValueLayout.JAVA_INT, i));
                }
            }
        }
    }

    private void count(int id) {
        if (id >= counts.length) {
            counts = Arrays.copyOf(counts, Math.max(id + 1, 2 * counts.length));
        }
        counts[id]++;
    }

    private int largest() {
        int largest = counts.length - 1;
        while (largest > 0 && counts[largest] == 0) {
            largest--;
        }
        return largest;
    }

    private List<Use> mostUsed(Tokenizer tokenizer, int number) {
        PriorityQueue<Integer> best = new PriorityQueue<>(Comparator.comparingLong(id -> counts[id]));
        for (int id = 0; id < counts.length; id++) {
            if (counts[id] > 0) {
                best.add(id);
                if (best.size() > number) {
                    best.remove();
                }
            }
        }
        return best.stream()
                .sorted(Comparator.comparingLong((Integer id) -> -counts[id]).thenComparingInt(id -> id))
                .map(id -> new Use(id, tokenizer.decode(id), counts[id]))
                .toList();
    }

    private Row shown(Tokenizer tokenizer, long index, long[] row, int rowTokens) {
        int count = (int) Math.min(row[2], rowTokens);
        int[] ids = new int[count];
        corpus.tokens().read(row[1], count, MemorySegment.ofArray(ids));
        return new Row(index, row[0], row[2], tokenizer.decode(ids), count == row[2]);
    }
}
