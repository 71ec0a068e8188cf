package dev.javelin.engine.differentiate;

import dev.javelin.api.GradientSite;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Site.Phase;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Appends the backward pass to the program in a builder. Contributions to one value add up in backward order. */
public final class Differentiation {
    private final ProgramBuilder builder;
    private final @Nullable Slot seed;
    private final Map<Value, Tensor> gradients = new HashMap<>();
    private final Set<Value> needed = new HashSet<>();

    /** Begins with the gradient 1. */
    public Differentiation(ProgramBuilder builder) {
        this(builder, null);
    }

    /**
     * @param seed the slot of the gradient to begin with; null for 1
     */
    public Differentiation(ProgramBuilder builder, @Nullable Slot seed) {
        this.builder = builder;
        this.seed = seed;
    }

    /**
     * Gradients of a scalar with respect to inputs of the program, under the same keys; those that the scalar does not
     * depend on are left out.
     */
    public SequencedMap<String, Tensor> of(Tensor scalar, SequencedMap<String, Tensor> wanted) {
        List<Instruction> forward = List.copyOf(builder.instructions());
        markNeeded(forward, wanted.values());
        builder.enter(Phase.BACKWARD);
        gradients.put(builder.value(scalar), seed == null ? scalar.full(Shape.scalar(), 1) : builder.input(seed));
        for (Instruction instruction : forward.reversed()) {
            step(instruction);
        }
        SequencedMap<String, Tensor> result = new LinkedHashMap<>();
        wanted.forEach((path, tensor) -> {
            Tensor gradient = gradients.get(builder.value(tensor));
            if (gradient != null) {
                result.put(path, gradient);
            }
        });
        return result;
    }

    private void markNeeded(List<Instruction> forward, Collection<Tensor> wanted) {
        wanted.forEach(tensor -> needed.add(builder.value(tensor)));
        for (Instruction instruction : forward) {
            if (instruction.inputs().stream().anyMatch(needed::contains)) {
                for (Value output : instruction.outputs()) {
                    if (output.type().dtype().floating()) {
                        needed.add(output);
                    }
                }
            }
        }
    }

    private void step(Instruction instruction) {
        boolean reached = instruction.outputs().stream().anyMatch(gradients::containsKey);
        if (!reached || instruction.inputs().stream().noneMatch(needed::contains)) {
            return;
        }
        builder.at(instruction.site().withPhase(Phase.BACKWARD), () -> {
            try {
                instruction.operation().gradient(new At(instruction));
            } catch (JavelinException e) {
                throw e.at(instruction.site().toString());
            }
            return true;
        });
    }

    /** One instruction, as its gradient rule sees it. */
    private final class At implements GradientSite {
        private final Instruction instruction;

        At(Instruction instruction) {
            this.instruction = instruction;
        }

        @Override
        public List<Tensor> inputs() {
            return instruction.inputs().stream().map(builder::tensor).toList();
        }

        @Override
        public List<Tensor> outputs() {
            return instruction.outputs().stream().map(builder::tensor).toList();
        }

        @Override
        public boolean hasOutputGradient(int index) {
            return gradients.containsKey(instruction.outputs().get(index));
        }

        @Override
        public Tensor outputGradient(int index) {
            Value output = instruction.outputs().get(index);
            Tensor gradient = gradients.get(output);
            return gradient != null
                    ? gradient
                    : builder.tensor(output).full(output.type().shape(), 0);
        }

        @Override
        public boolean wants(int index) {
            return needed.contains(instruction.inputs().get(index));
        }

        @Override
        public void contribute(int index, Tensor gradient) {
            Value input = instruction.inputs().get(index);
            if (!needed.contains(input)) {
                return;
            }
            if (!gradient.type().equals(input.type())) {
                throw new IllegalStateException(instruction.operation().name() + ": gradient " + gradient.type()
                        + " for input " + index + " of type " + input.type());
            }
            gradients.merge(input, gradient, Tensor::add);
        }
    }
}
