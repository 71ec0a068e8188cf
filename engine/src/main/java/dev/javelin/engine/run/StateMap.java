package dev.javelin.engine.run;

import dev.javelin.api.TensorType;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.SlotLayout;
import dev.javelin.engine.lower.Chunk;
import dev.javelin.engine.lower.FragmentState;
import dev.javelin.engine.program.Slot;
import dev.javelin.spi.strategy.GradientReducer.State.Spread;
import java.util.ArrayList;
import java.util.List;

/** Lists a compilation's state by parameter: the view of checkpoints on chunks. */
public final class StateMap {
    private StateMap() {}

    /**
     * What a checkpoint holds: parameters, their averages, optimizer slots and what fragments keep alike on all ranks, by path. Where
     * replicas differ, these are the first rank's.
     */
    public static List<StateEntry> persistent(Compilation compilation) {
        List<StateEntry> entries = replicated(compilation);
        addFragments(entries, compilation, Spread.REPLICATED, "");
        return entries;
    }

    /** What each rank has of its own, under kinds that begin with {@link StateEntry#OF_RANK}. */
    public static List<StateEntry> ofRank(Compilation compilation) {
        List<StateEntry> entries = new ArrayList<>();
        if (!compilation.plan().replicasIdentical()
                && compilation.options().mesh().size() > 1) {
            replicated(compilation).forEach(entry -> entries.add(entry.withKind(StateEntry.OF_RANK + entry.kind())));
        }
        addFragments(entries, compilation, Spread.RANK, StateEntry.OF_RANK);
        return entries;
    }

    private static List<StateEntry> replicated(Compilation compilation) {
        List<StateEntry> entries = new ArrayList<>();
        for (Chunk chunk : compilation.chunks().all()) {
            add(entries, compilation, chunk, chunk.values(), StateEntry.PARAM);
            if (chunk.trainable()) {
                add(entries, compilation, chunk, chunk.average(), StateEntry.AVERAGE);
                for (String slot : chunk.group().optimizer().slots()) {
                    add(entries, compilation, chunk, chunk.optimizer(slot), slot);
                }
            }
        }
        return entries;
    }

    private static void addFragments(List<StateEntry> entries, Compilation compilation, Spread spread, String prefix) {
        for (FragmentState state : FragmentState.all(compilation.plan(), compilation.chunks())) {
            if (state.spread() == spread && compilation.slots().offsets().containsKey(state.slot())) {
                entries.add(new StateEntry(
                        state.path(), prefix + state.kind(), state.slot().type(), state.slot(), 0));
            }
        }
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
            TensorType type = slot.type().withShape(member.shape());
            entries.add(new StateEntry(
                    member.path(),
                    kind,
                    type,
                    slot,
                    member.offset() * type.dtype().bytes()));
        }
    }
}
