package dev.javelin.engine.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.TensorType;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.engine.checkpoint.CheckpointWriter;
import dev.javelin.engine.checkpoint.RunFolder;
import dev.javelin.engine.checkpoint.SafetensorsWriter;
import dev.javelin.engine.checkpoint.StateRange;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.StateEntry;
import dev.javelin.engine.run.StateMap;
import java.nio.file.Path;
import java.util.List;

/** The checkpoints of one run: written from a session, the last and the best kept. */
final class CheckpointSeries {
    private final Path run;
    private final CheckpointOptions options;
    private final Session session;
    private final CheckpointWriter writer = new CheckpointWriter();
    private final long firstStep;
    private boolean begun;

    /**
     * @param firstStep the first step of this process: checkpoints of later steps that are there already belong to a
     *     future that is being replaced, and go when the first new one is whole
     */
    CheckpointSeries(Path run, CheckpointOptions options, Session session, long firstStep) {
        this.run = run;
        this.options = options;
        this.session = session;
        this.firstStep = firstStep;
    }

    Path write(long step, ObjectNode state) {
        List<CheckpointWriter.Entry> entries = StateMap.persistent(session.compilation()).stream()
                .map(this::entry)
                .toList();
        Path folder = writer.write(run, step, state, entries);
        if (!begun) {
            begun = true;
            RunFolder.removeFrom(run, firstStep, step);
        }
        RunFolder.retain(run, options.keepLast(), options.keepBest());
        return folder;
    }

    /** True if a checkpoint with this validation loss would be kept as one of the best. */
    boolean amongBest(double validationLoss) {
        long replacedFrom = begun ? Long.MAX_VALUE : firstStep;
        return options.keepBest() > 0
                && RunFolder.validationLosses(run, replacedFrom)
                                .filter(loss -> loss <= validationLoss)
                                .count()
                        < options.keepBest();
    }

    private CheckpointWriter.Entry entry(StateEntry entry) {
        int width = entry.type().dtype().bytes();
        SafetensorsWriter.Source source = (element, destination) -> session.read(
                new StateEntry(
                        entry.path(),
                        entry.kind(),
                        TensorType.of(entry.type().dtype(), destination.byteSize() / width),
                        entry.slot(),
                        entry.offsetBytes() + element * width),
                destination);
        return new CheckpointWriter.Entry(StateRange.whole(entry.path(), entry.kind(), entry.type()), source);
    }
}
