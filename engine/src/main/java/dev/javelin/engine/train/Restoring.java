package dev.javelin.engine.train;

import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
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

/** Puts a checkpoint's tensors into a session, tensor by tensor, at the session's precision. */
public final class Restoring {

    private Restoring() {}

    /**
     * Restores the parameters alone, for validation and generation.
     *
     * @throws JavelinException {@code JVL-CKP-0015} if they do not fit the model, {@code 0014} if they are damaged
     */
    public static void parameters(Checkpoint checkpoint, Session session) {
        List<StateEntry> entries = StateMap.persistent(session.compilation()).stream()
                .filter(entry -> entry.kind().equals(StateEntry.PARAM))
                .toList();
        restore(checkpoint, session, entries);
    }

    /**
     * Restores parameters and optimizer state, to go on training.
     *
     * @throws JavelinException {@code JVL-CKP-0030} if the checkpoint holds the state of another optimizer, else as
     *     {@link #parameters}
     */
    public static void all(Checkpoint checkpoint, Session session) {
        List<StateEntry> entries = StateMap.persistent(session.compilation());
        Set<String> needed = entries.stream().map(StateEntry::kind).collect(Collectors.toCollection(TreeSet::new));
        Set<String> stored = new TreeSet<>(checkpoint.kinds());
        if (!stored.equals(needed)) {
            throw new JavelinException(
                    "JVL-CKP-0030",
                    checkpoint.folder() + " holds the state " + stored + ", this run needs " + needed,
                    "resume with the optimizer that the checkpoint was written with, or start a new run");
        }
        restore(checkpoint, session, entries);
    }

    private static void restore(Checkpoint checkpoint, Session session, List<StateEntry> entries) {
        Map<String, Map<String, TensorType>> byKind = new LinkedHashMap<>();
        for (StateEntry entry : entries) {
            byKind.computeIfAbsent(entry.kind(), kind -> new LinkedHashMap<>()).put(entry.path(), entry.type());
        }
        byKind.forEach(checkpoint::requireExactly);
        for (StateEntry entry : entries) {
            try (Arena arena = Arena.ofShared()) {
                MemorySegment values = arena.allocate(Math.max(1, entry.type().bytes()), 64);
                long elements = entry.type().elements();
                checkpoint.read(
                        entry.path(), entry.kind(), 0, elements, entry.type().dtype(), values);
                session.write(entry, values);
            }
        }
    }
}
