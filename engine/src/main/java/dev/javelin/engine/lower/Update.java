package dev.javelin.engine.lower;

import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.IsFinite;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.api.operation.View;
import dev.javelin.api.optimizer.Optimizer;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Scalars;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes what follows the gradients: their exact norm, the predicate {@code finite}, clipping, each chunk's update, and the
 * step of its average towards what the update left.
 * Gradients are divided by the weight, and by what the loss was scaled with, here, once, as a factor.
 */
public final class Update {
    /** Added to the norm in the clipping factor, as PyTorch does. */
    private static final double CLIP_EPSILON = 1e-6;

    /** A rank without rows has gradients of zero; divided by this they stay zero. */
    private static final double SMALLEST_WEIGHT = 1e-30;

    private final ProgramBuilder builder;
    private final Clipping clipping;
    private final Averaging averaging;
    private final Reduction reduction;
    private final Set<Chunk> resident;
    private final Optional<Tensor> seed;

    /**
     * @param resident chunks that are kept in the type of products too
     * @param seed what the backward pass began with instead of 1
     */
    Update(
            ProgramBuilder builder,
            Clipping clipping,
            Averaging averaging,
            Reduction reduction,
            Set<Chunk> resident,
            Optional<Tensor> seed) {
        this.resident = resident;
        this.seed = seed;
        this.averaging = averaging;
        this.reduction = reduction;
        this.builder = builder;
        this.clipping = clipping;
    }

    /**
     * @param norm of the mean gradient, before clipping; where ranks update with their own, the mean of their norms
     * @param finite INT32 predicate
     */
    record Outcome(Tensor norm, Tensor finite) {}

    Outcome write(Map<Chunk, Tensor> gradients, Tensor loss, Tensor weight) {
        Tensor divisor = reduction.local() ? weight.maximum(weight.full(Shape.scalar(), SMALLEST_WEIGHT)) : weight;
        Tensor inverse = seed.map(divisor::multiply).orElse(divisor).reciprocal();
        Tensor norm = norm(gradients, loss).multiply(inverse);
        Tensor agreed =
                reduction.local() ? reduction.sums(List.of(norm)).getFirst().multiply(1.0 / reduction.ranks()) : norm;
        Tensor finite = builder.emit(new IsFinite(), loss, agreed);
        Tensor scale = inverse;
        if (clipping.norm() > 0) {
            Tensor limit = norm.add(CLIP_EPSILON).reciprocal().multiply(clipping.norm());
            scale = inverse.multiply(limit.minimum(norm.full(Shape.scalar(), 1)));
        }
        for (Map.Entry<Chunk, Tensor> entry : gradients.entrySet()) {
            update(entry.getKey(), entry.getValue(), scale, finite);
        }
        reduction.updates().forEach((state, value) -> builder.emit(new Assign(), state, value, finite));
        return new Outcome(agreed, finite);
    }

    private Tensor norm(Map<Chunk, Tensor> gradients, Tensor loss) {
        Tensor sum = builder.emit(new Fill(SquareSum.ACCUMULATOR, 0));
        for (Tensor gradient : gradients.values()) {
            sum = builder.emit(new SquareSum(), sum, gradient);
        }
        return builder.emit(new ExactNorm(loss.dtype()), sum);
    }

    private void update(Chunk chunk, Tensor gradient, Tensor scale, Tensor finite) {
        if (clipping.value() > 0) {
            gradient = gradient.cast(scale.dtype()).multiply(scale).clamp(-clipping.value(), clipping.value());
            scale = scale.full(Shape.scalar(), 1);
        }
        Optimizer optimizer = chunk.group().optimizer();
        List<Tensor> states = new ArrayList<>();
        states.add(builder.input(chunk.values()));
        optimizer.slots().forEach(slot -> states.add(builder.input(chunk.optimizer(slot))));
        if (optimizer.granularity() == Optimizer.Granularity.ELEMENT) {
            Tensor left = synchronize(chunk, write(chunk, optimizer, states, gradient, scale, finite), finite);
            average(chunk, left, finite);
            if (resident.contains(chunk)) {
                narrow(builder.input(chunk.weights()), left, finite);
            }
            return;
        }
        for (Chunk.Member member : chunk.members()) {
            View view = new View(member.offset(), member.shape());
            List<Tensor> parts =
                    states.stream().map(state -> builder.emit(view, state)).toList();
            Tensor written = write(chunk, optimizer, parts, builder.emit(view, gradient), scale, finite);
            Tensor left = synchronize(chunk, written, finite);
            if (averaging.active()) {
                move(builder.emit(view, builder.input(chunk.average())), left, finite);
            }
            if (resident.contains(chunk)) {
                narrow(builder.emit(view, builder.input(chunk.weights())), left, finite);
            }
        }
    }

    /** Lets a strategy's fragment change what the update wrote; returns what the parameters are then. */
    private Tensor synchronize(Chunk chunk, Tensor values, Tensor finite) {
        Tensor changed = reduction.synchronize(chunk, values);
        return changed == values ? values : builder.emit(new Assign(), values, changed, finite);
    }

    private void average(Chunk chunk, Tensor values, Tensor finite) {
        if (averaging.active()) {
            move(builder.input(chunk.average()), values, finite);
        }
    }

    private void move(Tensor average, Tensor values, Tensor finite) {
        Tensor rate = builder.input(Scalars.averageRate(average.dtype()));
        builder.emit(new MovingAverage(), average, values.cast(average.dtype()), rate, finite);
    }

    private void narrow(Tensor weights, Tensor values, Tensor finite) {
        builder.emit(new Assign(), weights, values.cast(weights.dtype()), finite);
    }

    /** Writes an update; returns the first state as it is then. */
    private Tensor write(
            Chunk chunk, Optimizer optimizer, List<Tensor> states, Tensor gradient, Tensor scale, Tensor finite) {
        List<Tensor> updated = optimizer.update(new At(chunk, optimizer, states, gradient, scale, finite));
        if (updated.size() != states.size()) {
            throw new IllegalStateException("optimizer " + optimizer.name() + " returned " + updated.size()
                    + " values for " + states.size() + " states");
        }
        List<Tensor> written = new ArrayList<>();
        for (int i = 0; i < states.size(); i++) {
            Tensor state = states.get(i);
            written.add(
                    builder.overwrites(updated.get(i), state)
                            ? updated.get(i)
                            : builder.emit(new Assign(), state, updated.get(i).cast(state.dtype()), finite));
        }
        return written.getFirst();
    }

    /** One chunk (or one parameter of it), as the optimizer sees it: in the type of scalars. */
    private final class At implements Optimizer.Site {
        private final Chunk chunk;
        private final Map<String, Tensor> slots = new LinkedHashMap<>();
        private final List<Tensor> states;
        private final Tensor gradient;
        private final Tensor scale;
        private final Tensor finite;

        At(Chunk chunk, Optimizer optimizer, List<Tensor> states, Tensor gradient, Tensor scale, Tensor finite) {
            this.chunk = chunk;
            this.states = states;
            this.gradient = gradient;
            this.scale = scale;
            this.finite = finite;
            for (int i = 0; i < optimizer.slots().size(); i++) {
                slots.put(optimizer.slots().get(i), states.get(i + 1));
            }
        }

        @Override
        public Optimizer.Site kept() {
            return new Kept();
        }

        private Tensor wide(Tensor kept) {
            return kept.cast(scale.dtype());
        }

        @Override
        public Tensor parameter() {
            return wide(states.getFirst());
        }

        @Override
        public Tensor gradient() {
            return wide(gradient);
        }

        @Override
        public Tensor gradientScale() {
            return scale;
        }

        @Override
        public Tensor slot(String name) {
            return wide(state(name));
        }

        private Tensor state(String name) {
            Tensor slot = slots.get(name);
            if (slot == null) {
                throw new IllegalStateException(
                        "the optimizer declares no slot '" + name + "', only " + slots.keySet());
            }
            return slot;
        }

        @Override
        public Tensor learningRate() {
            return scalar(LEARNING_RATE);
        }

        @Override
        public Tensor scalar(String name) {
            return builder.input(Scalars.of(scalarName(chunk.group().name(), name), scale.dtype()));
        }

        @Override
        public Tensor predicate() {
            return finite;
        }

        /** The same in the types that states are kept in. */
        private final class Kept implements Optimizer.Site {
            @Override
            public Tensor parameter() {
                return states.getFirst();
            }

            @Override
            public Tensor gradient() {
                return gradient;
            }

            @Override
            public Tensor gradientScale() {
                return scale;
            }

            @Override
            public Tensor scaledGradient() {
                return At.this.scaledGradient();
            }

            @Override
            public Tensor slot(String name) {
                return state(name);
            }

            @Override
            public Tensor learningRate() {
                return At.this.learningRate();
            }

            @Override
            public Tensor scalar(String name) {
                return At.this.scalar(name);
            }

            @Override
            public Tensor predicate() {
                return finite;
            }
        }
    }

    /** Name of the learning rate among a group's scalars. */
    public static final String LEARNING_RATE = "learningRate";

    /** Name of the slot of a group's scalar. */
    public static String scalarName(String group, String scalar) {
        return group + "." + scalar;
    }
}
