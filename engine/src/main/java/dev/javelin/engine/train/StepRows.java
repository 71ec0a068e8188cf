package dev.javelin.engine.train;

import dev.javelin.engine.run.HostBatch;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rows of steps in turn. They may be read while the step before computes; nothing of the run's state depends on
 * whether they were: a step that does not come leaves them behind, and what fails early is thrown when its step comes.
 */
final class StepRows {
    private final BatchReader reader;
    private final SampleOrder order;
    private final long batch;
    private @Nullable Early early;

    /** What was read, or why not. */
    private record Early(
            long firstSample,
            List<HostBatch> batches,
            @Nullable Throwable failure) {}

    /** @param batch rows of a step, over all ranks */
    StepRows(BatchReader reader, SampleOrder order, long batch) {
        this.reader = reader;
        this.order = order;
        this.batch = batch;
    }

    /**
     * This rank's share of the rows of a step; valid until the second read after this one, where the reader has two
     * buffers.
     *
     * @param firstSample position of the step in the data
     */
    List<HostBatch> of(long firstSample) {
        Early read = early;
        early = null;
        if (read == null || read.firstSample != firstSample) {
            return read(firstSample);
        }
        if (read.failure instanceof Error error) {
            throw error;
        }
        if (read.failure instanceof RuntimeException exception) {
            throw exception;
        }
        return read.batches;
    }

    /** Reads them before their step comes; empty if that fails. */
    Optional<List<HostBatch>> early(long firstSample) {
        try {
            early = new Early(firstSample, read(firstSample), null);
        } catch (RuntimeException | Error e) { // of a file that was cut short while it is mapped, for one
            early = new Early(firstSample, List.of(), e);
        }
        return Optional.of(early.batches).filter(batches -> !batches.isEmpty());
    }

    private List<HostBatch> read(long firstSample) {
        return reader.read(i -> order.row(firstSample + i), batch);
    }
}
