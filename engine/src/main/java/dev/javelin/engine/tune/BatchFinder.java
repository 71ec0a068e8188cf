package dev.javelin.engine.tune;

import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.tuning.BatchFindings;
import dev.javelin.api.tuning.BatchFindings.Candidate;
import dev.javelin.api.tuning.BatchSearch;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Share;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.strategy.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** Looks for the largest batch by the peak that its compilation predicts. A compilation is pure: nothing is allocated. */
final class BatchFinder {
    private final TrainerOptions options;
    private final Strategy strategy;
    private final DevicePlanner planner;
    private final BatchSearch search;
    private final Consumer<Candidate> listener;
    private final int ranks;
    private final long limit;
    private final List<Candidate> candidates = new ArrayList<>();

    /**
     * @param ranks that a batch is dealt over
     * @param listener hears of each candidate when its peak is known
     */
    BatchFinder(
            TrainerOptions options,
            Strategy strategy,
            DevicePlanner planner,
            int ranks,
            BatchSearch search,
            Consumer<Candidate> listener) {
        this.options = options;
        this.strategy = strategy;
        this.planner = planner;
        this.ranks = ranks;
        this.search = search;
        this.listener = listener;
        limit = search.memoryBytes() > 0 ? search.memoryBytes() : planner.memoryBytes();
        if (limit == Long.MAX_VALUE) {
            throw new JavelinException(
                    "JVL-TUN-0002",
                    "accelerator " + planner.name() + " names no limit to its memory",
                    "give one (tune batch --memory 8GiB, BatchSearch.within), or set accelerator." + planner.name()
                            + ".memoryBytes");
        }
    }

    BatchFindings find(TrainingModule module, List<Dataset.Field> train, @Nullable List<Dataset.Field> validation) {
        Peaks peaks = (batch, accumulation) -> Compilation.compile(
                        module,
                        CompileOptions.of(
                                options.withAccumulation(1).withBatch(batch).withAccumulation(accumulation),
                                train,
                                validation,
                                ranks),
                        strategy,
                        planner)
                .memory()
                .peakBytes();
        return search.globalBatch() > 0 ? divided(peaks) : largest(peaks);
    }

    /** The peak of a batch in so many micro-batches. */
    @FunctionalInterface
    private interface Peaks {
        long bytes(long batch, int accumulation);
    }

    private Candidate candidate(Peaks peaks, long batch, int accumulation) {
        long bytes = peaks.bytes(batch, accumulation);
        long rows = Share.most(batch / accumulation, ranks);
        Candidate candidate = new Candidate(batch, accumulation, rows, bytes, bytes <= limit);
        candidates.add(candidate);
        listener.accept(candidate);
        return candidate;
    }

    // The largest batch ---------------------------------------------------------------------------------------------

    private BatchFindings largest(Peaks peaks) {
        LongFunction<Candidate> ofRows = rows -> candidate(
                peaks, Math.multiplyExact(rows, (long) ranks * options.accumulation()), options.accumulation());
        Candidate best = ofRows.apply(1);
        if (!best.fits()) {
            throw tooLarge(best);
        }
        long tooMany = search.mostRows() + 1;
        for (long rows = 2; rows < tooMany; rows *= 2) {
            Candidate next = ofRows.apply(rows);
            if (next.fits()) {
                best = next;
            } else {
                tooMany = rows;
            }
        }
        boolean limited = tooMany <= search.mostRows();
        if (search.form() == BatchSearch.Form.EXACT) {
            while (tooMany - best.rows() > 1) {
                Candidate next = ofRows.apply(best.rows() + (tooMany - best.rows()) / 2);
                if (next.fits()) {
                    best = next;
                } else {
                    tooMany = next.rows();
                    limited = true;
                }
            }
        }
        return new BatchFindings(limit, candidates, best, limited);
    }

    // A given batch -------------------------------------------------------------------------------------------------

    /** More micro-batches take less memory from the second on; one alone keeps no gradients between programs. */
    private BatchFindings divided(Peaks peaks) {
        List<Integer> counts = counts(search.globalBatch(), ranks);
        Candidate whole = candidate(peaks, search.globalBatch(), 1);
        if (whole.fits()) {
            return new BatchFindings(limit, candidates, whole, false);
        }
        if (counts.isEmpty()) {
            throw tooLarge(whole);
        }
        Candidate best = candidate(peaks, search.globalBatch(), counts.getLast());
        if (!best.fits()) {
            throw tooLarge(best);
        }
        int tooFew = -1;
        int enough = counts.size() - 1;
        while (enough - tooFew > 1) {
            int middle = (tooFew + enough) / 2;
            Candidate next = candidate(peaks, search.globalBatch(), counts.get(middle));
            if (next.fits()) {
                best = next;
                enough = middle;
            } else {
                tooFew = middle;
            }
        }
        return new BatchFindings(limit, candidates, best, true);
    }

    /**
     * Numbers of micro-batches above 1 that divide a batch and leave every rank a row, ascending; those that give all ranks
     * equally many if there are any.
     */
    private static List<Integer> counts(long batch, int ranks) {
        List<Integer> all = new ArrayList<>();
        for (long count = 2; count <= batch / ranks && count <= Integer.MAX_VALUE; count++) {
            if (batch % count == 0) {
                all.add((int) count);
            }
        }
        List<Integer> even =
                all.stream().filter(count -> batch / count % ranks == 0).toList();
        return even.isEmpty() ? all : even;
    }

    private JavelinException tooLarge(Candidate smallest) {
        return new JavelinException(
                "JVL-TUN-0003",
                String.format(
                        Locale.ROOT,
                        "%d %s of a micro-batch on a rank need %,d bytes, the limit is %,d",
                        smallest.rows(),
                        smallest.rows() == 1 ? "row" : "rows",
                        smallest.peakBytes(),
                        limit),
                "allow more memory, or choose a smaller model or shorter rows");
    }
}
