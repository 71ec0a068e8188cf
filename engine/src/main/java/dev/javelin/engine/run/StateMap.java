package dev.javelin.engine.run;

import dev.javelin.api.TensorType;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.SlotLayout;
import dev.javelin.engine.lower.Chunk;
import dev.javelin.engine.program.Slot;
import java.util.ArrayList;
import java.util.List;

/** Lists a compilation's state by parameter: the view of checkpoints on chunks. */
public final class StateMap {
    private StateMap() {}

    /** What a checkpoint holds: parameters and optimizer slots, by path. */
    public static List<StateEntry> persistent(Compilation compilation) {
        List<StateEntry> entries = new ArrayList<>();
        for (Chunk chunk : compilation.chunks().all()) {
            add(entries, compilation, chunk, chunk.values(), StateEntry.PARAM);
            if (chunk.trainable()) {
                for (String slot : chunk.group().optimizer().slots()) {
                    add(entries, compilation, chunk, chunk.optimizer(slot), slot);
                }
            }
        }
        return entries;
    }

    /** Accumulated gradients, if the compilation keeps them. */
    public static List<StateEntry> gradients(Compilation compilation) {
        List<StateEntry> entries = new ArrayList<>();
        for (Chunk chunk : compilation.chunks().all()) {
            add(entries, compilation, chunk, chunk.gradients(), StateEntry.GRADIENT);
        }
        return entries;
    }

    private static void add(List<StateEntry> entries, Compilation compilation, Chunk chunk, Slot slot, String kind) {
        SlotLayout slots = compilation.slots();
        if (!slots.offsets().containsKey(slot)) {
            return;
        }
        for (Chunk.Member member : chunk.members()) {
            TensorType type = chunk.type().withShape(member.shape());
            entries.add(new StateEntry(
                    member.path(),
                    kind,
                    type,
                    slot,
                    member.offset() * type.dtype().bytes()));
        }
    }
}
