package dev.javelin.engine.lower;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.View;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Site;
import dev.javelin.engine.program.Site.Phase;
import dev.javelin.spi.collective.AllReduce;
import dev.javelin.spi.collective.Group;
import dev.javelin.spi.strategy.GradientReducer;
import dev.javelin.spi.strategy.Stage;
import dev.javelin.spi.strategy.Synchronizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes what one stage of a plan exchanges: the sum of each chunk's gradients over the replicas, or a strategy's
 * fragment in its place; sums of scalars; and what follows an update. Over a group of one rank it writes nothing.
 */
final class Reduction {
    private final ProgramBuilder builder;
    private final Group group;
    private final Stage stage;
    private final DType reduce;
    private final Map<Tensor, Tensor> updates = new LinkedHashMap<>();
    private final Supplier<Tensor> ownWeight;
    private @Nullable Tensor weight;

    /**
     * @param reduce type in which plain sums of gradients travel and add up
     * @param ownWeight writes the weight of this rank's rows in a value of its own
     */
    Reduction(ProgramBuilder builder, Group group, Stage stage, DType reduce, Supplier<Tensor> ownWeight) {
        this.reduce = reduce;
        this.ownWeight = ownWeight;
        this.builder = builder;
        this.group = group;
        this.stage = stage;
    }

    /** True if there is anybody to exchange with. */
    boolean alone() {
        return group.size() == 1;
    }

    /** True if each rank updates with its own gradients. */
    boolean local() {
        return !alone() && stage.gradients() == Stage.Gradients.LOCAL;
    }

    /** Number of ranks whose gradients an update takes. */
    int ranks() {
        return group.size();
    }

    /** The gradient that the update takes, from this rank's. */
    Tensor gradients(Chunk chunk, Tensor gradient) {
        if (alone() || local()) {
            return gradient;
        }
        Site site = new Site(Phase.REDUCE, chunk.unit(), "");
        if (stage.reducer().isEmpty()) {
            return builder.at(site, () -> sum(gradient.cast(reduce)).cast(gradient.dtype()));
        }
        GradientReducer reducer = stage.reducer().get();
        return builder.at(site, () -> {
            Tensor wide = gradient.cast(gradient.dtype().wide());
            Tensor reduced = reducer.reduce(new ReducerSite(reducer, chunk, wide));
            if (!reduced.type().equals(wide.type())) {
                throw misfit(reducer.name(), chunk, "returned " + reduced.type() + ", expected " + wide.type());
            }
            return reduced.cast(gradient.dtype());
        });
    }

    /** The sums of some scalars over the ranks, by one collective. */
    List<Tensor> sums(List<Tensor> scalars) {
        if (alone()) {
            return scalars;
        }
        Tensor packed = sum(builder.emit(new Pack(scalars.size()), scalars).getFirst());
        List<Tensor> sums = new ArrayList<>();
        for (int i = 0; i < scalars.size(); i++) {
            sums.add(builder.emit(new View(i, Shape.scalar()), packed));
        }
        return sums;
    }

    private Tensor sum(Tensor value) {
        return builder.emit(new AllReduce(group), value);
    }

    /** What a fragment makes of updated parameters; the same tensor if there is nothing to do. */
    Tensor synchronize(Chunk chunk, Tensor values) {
        if (alone() || stage.synchronizer().isEmpty()) {
            return values;
        }
        Synchronizer synchronizer = stage.synchronizer().get();
        Site site = new Site(Phase.REDUCE, chunk.unit(), "");
        Tensor changed =
                builder.at(site, () -> synchronizer.synchronize(new SynchronizerSite(chunk.name(), group, values)));
        if (!changed.type().equals(values.type())) {
            throw misfit(synchronizer.name(), chunk, "returned " + changed.type() + ", expected " + values.type());
        }
        return changed;
    }

    /** The states that fragments want to replace when the step is known to be finite: state and new value. */
    Map<Tensor, Tensor> updates() {
        return updates;
    }

    private static JavelinException misfit(String fragment, Chunk chunk, String problem) {
        return new JavelinException(
                "JVL-STR-0009",
                "fragment " + fragment + " on chunk " + chunk.name() + " " + problem,
                "correct the strategy that it belongs to");
    }

    private record SynchronizerSite(String chunk, Group group, Tensor values) implements Synchronizer.Site {}

    /** One chunk, as a reducer sees it. */
    private final class ReducerSite implements GradientReducer.Site {
        private final GradientReducer reducer;
        private final Chunk chunk;
        private final Tensor gradient;
        private final Map<String, Tensor> states = new LinkedHashMap<>();

        ReducerSite(GradientReducer reducer, Chunk chunk, Tensor gradient) {
            this.reducer = reducer;
            this.chunk = chunk;
            this.gradient = gradient;
            FragmentState.of(reducer, chunk)
                    .forEach(state -> states.put(state.slot().name(), builder.input(state.slot())));
        }

        @Override
        public GradientReducer.Chunk chunk() {
            return FragmentState.view(chunk);
        }

        @Override
        public Group group() {
            return group;
        }

        @Override
        public Tensor gradient() {
            return gradient;
        }

        @Override
        public Tensor weight() {
            if (weight == null) {
                weight = builder.at(new Site(Phase.REDUCE, "", ""), () -> sum(ownWeight.get()));
            }
            return weight;
        }

        @Override
        public Tensor state(String path, String name) {
            Tensor state = states.get(path + "#" + FragmentState.kind(reducer, name));
            if (state == null) {
                throw misfit(reducer.name(), chunk, "declares no state '" + name + "' of " + path);
            }
            return state;
        }

        @Override
        public void update(String path, String name, Tensor value) {
            Tensor state = state(path, name);
            if (!value.type().equals(state.type())) {
                throw misfit(
                        reducer.name(),
                        chunk,
                        "gives state '" + name + "' of " + path + " the type " + value.type() + ", expected "
                                + state.type());
            }
            updates.put(state, value);
        }
    }
}
