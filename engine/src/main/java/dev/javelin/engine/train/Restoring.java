package dev.javelin.engine.train;

import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.engine.Weights;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.StateEntry;
import dev.javelin.engine.run.StateMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Puts a checkpoint's tensors into a session, tensor by tensor, at the session's precision. */
public final class Restoring {

    private Restoring() {}

    /**
     * Restores the parameters alone, for validation and generation: their averages, if the checkpoint has them.
     *
     * @throws JavelinException {@code JVL-CKP-0015} if they do not fit the model, {@code 0014} if they are damaged
     */
    public static void parameters(Checkpoint checkpoint, Session session) {
        parameters(checkpoint, session, weights(checkpoint, null));
    }

    /** The same of these weights. */
    public static void parameters(Checkpoint checkpoint, Session session, Weights weights) {
        List<StateEntry> entries = StateMap.persistent(session.compilation()).stream()
                .filter(entry -> entry.kind().equals(StateEntry.PARAM))
                .toList();
        requireExactly(checkpoint, entries);
        for (StateEntry entry : entries) {
            read(checkpoint, session, entry, kind(checkpoint, entry.path(), weights), 0);
        }
    }

    /**
     * The weights to take from a checkpoint.
     *
     * @param asked null for their average if there is one, and as they are if not
     * @throws JavelinException {@code JVL-CKP-0031} if an average is asked for and there is none
     */
    public static Weights weights(Checkpoint checkpoint, @Nullable Weights asked) {
        boolean averaged = checkpoint.kinds().contains(StateEntry.AVERAGE);
        if (asked == Weights.AVERAGE && !averaged) {
            throw new JavelinException(
                    "JVL-CKP-0031",
                    checkpoint.folder() + " holds no average of the weights",
                    "take the weights themselves (--weights last), or train with trainer.average=ema or swa");
        }
        return asked != null ? asked : averaged ? Weights.AVERAGE : Weights.LAST;
    }

    /**
     * Restores the parameters alone, for a run that begins with them.
     *
     * @throws JavelinException as {@link #parameters(Checkpoint, Session)}
     */
    static void begin(Checkpoint checkpoint, Session session) {
        parameters(checkpoint, session);
        session.beginAverages();
    }

    /** The kind under which a checkpoint has a parameter's weights: a frozen parameter is its own average. */
    public static String kind(Checkpoint checkpoint, String path, Weights weights) {
        return weights == Weights.AVERAGE
                        && checkpoint.tensors(StateEntry.AVERAGE).containsKey(path)
                ? StateEntry.AVERAGE
                : StateEntry.PARAM;
    }

    /**
     * Restores parameters, optimizer state and what fragments keep, to go on training. What each rank has of its own
     * comes back if the ranks are as many as they were; else it stays as it is. Averages that the checkpoint lacks begin as
     * the weights; those that the session does not keep are left out.
     *
     * @throws JavelinException {@code JVL-CKP-0030} if the checkpoint holds the state of another optimizer, else as
     *     {@link #parameters}
     */
    static void all(Checkpoint checkpoint, Session session, Dealt rank) {
        List<StateEntry> entries = StateMap.persistent(session.compilation());
        Set<String> needed = kinds(entries.stream().map(StateEntry::kind));
        Set<String> stored = kinds(checkpoint.kinds().stream());
        if (!stored.equals(needed)) {
            throw new JavelinException(
                    "JVL-CKP-0030",
                    checkpoint.folder() + " holds the state " + stored + ", this run needs " + needed,
                    "resume with the optimizer that the checkpoint was written with, or start a new run");
        }
        restore(
                checkpoint,
                session,
                entries.stream()
                        .filter(entry ->
                                !optional(entry.kind()) || checkpoint.kinds().contains(entry.kind()))
                        .toList());
        for (StateEntry entry : StateMap.ofRank(session.compilation())) {
            TensorType rows = CheckpointSeries.rows(entry.type(), rank.ranks());
            TensorType there = checkpoint.tensors(entry.kind()).get(entry.path());
            if (there != null && there.shape().equals(rows.shape())) {
                read(
                        checkpoint,
                        session,
                        entry,
                        entry.kind(),
                        rank.rank() * entry.type().elements());
            }
        }
        if (!checkpoint.kinds().contains(StateEntry.AVERAGE)) {
            session.beginAverages();
        }
    }

    /** Kinds of parameters and optimizer: what a strategy's fragments keep and averages may come and go between runs. */
    private static Set<String> kinds(Stream<String> all) {
        return all.filter(kind -> !optional(kind)).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Fragments' kinds, and those that each rank has of its own, are joined by a hyphen, which no slot has. */
    private static boolean optional(String kind) {
        return kind.contains("-") || kind.equals(StateEntry.AVERAGE);
    }

    private static void restore(Checkpoint checkpoint, Session session, List<StateEntry> entries) {
        requireExactly(checkpoint, entries);
        entries.forEach(entry -> read(checkpoint, session, entry, entry.kind(), 0));
    }

    private static void requireExactly(Checkpoint checkpoint, List<StateEntry> entries) {
        Map<String, Map<String, TensorType>> byKind = new LinkedHashMap<>();
        for (StateEntry entry : entries) {
            byKind.computeIfAbsent(entry.kind(), kind -> new LinkedHashMap<>()).put(entry.path(), entry.type());
        }
        byKind.forEach(checkpoint::requireExactly);
    }

    /**
     * @param kind under which the values are stored
     * @param first element of the stored tensor that the entry begins with
     */
    private static void read(Checkpoint checkpoint, Session session, StateEntry entry, String kind, long first) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment values = arena.allocate(Math.max(1, entry.type().bytes()), 64);
            checkpoint.read(
                    entry.path(),
                    kind,
                    first,
                    entry.type().elements(),
                    entry.type().dtype(),
                    values);
            session.write(entry, values);
        }
    }
}
