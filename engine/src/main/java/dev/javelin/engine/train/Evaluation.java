package dev.javelin.engine.train;

import dev.javelin.api.Dataset;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.trainer.ValidationMetrics;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.StepResult;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.TreeMap;

/** The mean loss and the logged scalars over validation data: rows in order, each counted once, the last batch padded with weight 0. */
final class Evaluation {
    private final Session session;
    private final BatchReader reader;
    private final long rows;
    private final long batch;
    private final boolean both;

    /**
     * @param options say how many rows a batch has, over all ranks, and how many batches are read at most
     * @param dealt this rank's share
     */
    Evaluation(Session session, Dataset data, TrainerOptions options, Dealt dealt, Arena arena) {
        this.session = session;
        this.both = options.averaging().validation() == Averaging.Validation.BOTH;
        this.batch = options.microBatch();
        long mostBatches = options.validationBatches();
        this.reader = new BatchReader(data, batch, 1, 1, dealt, arena);
        this.rows = mostBatches == 0 ? data.rows() : Math.min(data.rows(), Math.multiplyExact(batch, mostBatches));
    }

    ValidationMetrics run(long step) {
        double sum = 0;
        double weight = 0;
        Map<String, Double> logged = new TreeMap<>();
        for (long first = 0; first < rows; first += batch) {
            long start = first;
            HostBatch next =
                    reader.read(i -> start + i, Math.min(batch, rows - first)).getFirst();
            StepResult result = session.validate(next);
            sum += result.lossSum();
            weight += result.weight();
            result.logged().forEach((name, value) -> logged.merge(name, value * result.weight(), Double::sum));
            if (both) {
                logged.merge(Averaging.LAST_LOSS, session.validateLast(next).lossSum(), Double::sum);
            }
        }
        double whole = weight;
        logged.replaceAll((name, value) -> value / whole);
        return new ValidationMetrics(step, sum / whole, logged);
    }
}
