package dev.javelin.engine.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.TensorType;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.RunReport;
import dev.javelin.engine.checkpoint.CheckpointWriter;
import dev.javelin.engine.checkpoint.RunFolder;
import dev.javelin.engine.checkpoint.SafetensorsWriter;
import dev.javelin.engine.checkpoint.StateRange;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.StateEntry;
import dev.javelin.engine.run.StateMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The checkpoints of one run: written from a session, the last and the best kept. */
final class CheckpointSeries {
    private final Path run;
    private final CheckpointOptions options;
    private final Session session;
    private final Dealt rank;
    private final List<StateEntry> ofRank;
    private final CheckpointWriter writer;
    private final long firstStep;
    private boolean begun;

    /**
     * @param writer of all of them
     * @param firstStep the first step of this process: checkpoints of later steps that are there already belong to a
     *     future that is being replaced, and go when the first new one is whole
     */
    CheckpointSeries(
            Path run, CheckpointOptions options, CheckpointWriter writer, Session session, Dealt rank, long firstStep) {
        this.writer = writer;
        this.rank = rank;
        ofRank = StateMap.ofRank(session.compilation());
        this.run = run;
        this.options = options;
        this.session = session;
        this.firstStep = firstStep;
    }

    /**
     * Writes a checkpoint: the first rank what all have alike, each rank what it has of its own. All ranks call it.
     *
     * @return its folder; empty on other ranks than the first
     */
    Optional<Path> write(long step, ObjectNode state) {
        boolean shared = rank.ranks() > 1 && !ofRank.isEmpty();
        List<CheckpointWriter.Entry> own =
                shared ? ofRank.stream().map(this::entryOfRank).toList() : List.of();
        if (rank.rank() > 0) {
            if (shared) {
                meet();
                writer.writePart(run, step, rank.rank(), own);
                meet();
            }
            return Optional.empty();
        }
        List<CheckpointWriter.Entry> entries = new ArrayList<>(StateMap.persistent(session.compilation()).stream()
                .map(this::entry)
                .toList());
        entries.addAll(own);
        writer.begin(run, step);
        if (shared) {
            awaitOthers(step);
        }
        Path folder = writer.finish(run, step, state, entries, shared ? rank.ranks() : 1);
        if (!begun) {
            begun = true;
            RunFolder.removeFrom(run, firstStep, step);
        }
        RunFolder.retain(run, options.keepLast(), options.keepBest());
        return Optional.of(folder);
    }

    /** The others begin when the folder is there, and end before it gets its name. */
    private void awaitOthers(long step) {
        try {
            meet();
            meet();
        } catch (RuntimeException e) {
            writer.discard(run, step);
            throw e;
        }
    }

    private void meet() {
        session.anyRank(false, false);
    }

    /** True if a checkpoint with this validation loss would be kept as one of the best. */
    boolean amongBest(double validationLoss) {
        long replacedFrom = begun ? Long.MAX_VALUE : firstStep;
        return rank.rank() == 0
                && options.keepBest() > 0
                && RunFolder.validationLosses(run, replacedFrom)
                                .filter(loss -> loss <= validationLoss)
                                .count()
                        < options.keepBest();
    }

    /** The best that are kept, the best first; empty on other ranks than the first. */
    List<RunReport.Kept> best() {
        return rank.rank() == 0 ? Endings.best(run, options.keepBest()) : List.of();
    }

    private CheckpointWriter.Entry entry(StateEntry entry) {
        return new CheckpointWriter.Entry(StateRange.whole(entry.path(), entry.kind(), entry.type()), source(entry));
    }

    /** This rank's row of a tensor that has one for each rank. */
    private CheckpointWriter.Entry entryOfRank(StateEntry entry) {
        long elements = entry.type().elements();
        return new CheckpointWriter.Entry(
                new StateRange(
                        entry.path(), entry.kind(), rows(entry.type(), rank.ranks()), rank.rank() * elements, elements),
                source(entry));
    }

    /** The type of what so many ranks have, one row each. */
    static TensorType rows(TensorType type, int ranks) {
        return type.withShape(type.shape().insert(0, ranks));
    }

    private SafetensorsWriter.Source source(StateEntry entry) {
        int width = entry.type().dtype().bytes();
        return (element, destination) -> session.read(
                new StateEntry(
                        entry.path(),
                        entry.kind(),
                        TensorType.of(entry.type().dtype(), destination.byteSize() / width),
                        entry.slot(),
                        entry.offsetBytes() + element * width),
                destination);
    }
}
