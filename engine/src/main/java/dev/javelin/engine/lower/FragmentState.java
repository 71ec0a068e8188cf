package dev.javelin.engine.lower;

import dev.javelin.api.Initializer;
import dev.javelin.engine.program.Slot;
import dev.javelin.spi.strategy.GradientReducer;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A fragment's state in its slot.
 *
 * @param path of the parameter that it belongs to
 * @param kind name in checkpoints
 * @param initial first values
 * @param spread whether it is alike on all ranks
 */
public record FragmentState(
        String path, String kind, Slot slot, Initializer initial, GradientReducer.State.Spread spread) {

    /** The states of all reducers of a plan, each once. */
    public static List<FragmentState> all(ParallelPlan plan, Chunks chunks) {
        Map<Slot, FragmentState> states = new LinkedHashMap<>();
        for (Stage stage : plan.stages()) {
            if (stage.reducer().isPresent()) {
                for (Chunk chunk : chunks.all()) {
                    if (chunk.trainable()) {
                        of(stage.reducer().get(), chunk).forEach(state -> states.putIfAbsent(state.slot(), state));
                    }
                }
            }
        }
        return new ArrayList<>(states.values());
    }

    /** The states that a reducer keeps for a chunk. */
    static List<FragmentState> of(GradientReducer reducer, Chunk chunk) {
        return reducer.states(view(chunk)).stream()
                .map(state -> new FragmentState(
                        state.path(),
                        kind(reducer, state.name()),
                        new Slot(Slot.Kind.FRAGMENT, state.path() + "#" + kind(reducer, state.name()), state.type()),
                        state.initial(),
                        state.spread()))
                .toList();
    }

    /** What a reducer's states are called in slots and checkpoints. */
    static String kind(GradientReducer reducer, String state) {
        return reducer.name() + "-" + state;
    }

    /** A chunk as a reducer knows it. */
    static GradientReducer.Chunk view(Chunk chunk) {
        return new GradientReducer.Chunk(
                chunk.name(),
                chunk.type().withDType(chunk.precision().gradAccum().wide()),
                chunk.members().stream()
                        .map(member -> new GradientReducer.Chunk.Member(member.path(), member.offset(), member.shape()))
                        .toList());
    }
}
