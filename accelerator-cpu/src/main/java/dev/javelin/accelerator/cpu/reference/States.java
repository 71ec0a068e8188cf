package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.kernel.Memory;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.IsFinite;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.spi.kernel.Instruction;

/** Kernels that update state in place, and the predicate that guards them. */
final class States {
    private States() {}

    static KernelChoice assign(Instruction<Assign> instruction) {
        long bytes = instruction.output(0).bytes();
        return KernelChoice.of(instruction.plan(0), (queue, inputs, outputs, workspace) -> {
            if (Memory.getInt(inputs[2]) != 0) {
                Memory.copy(inputs[1], outputs[0], bytes);
            }
        });
    }

    static KernelChoice accumulate(Instruction<Accumulate> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        boolean floating = instruction.dtype(0).floating();
        long count = instruction.output(0).elements();
        return KernelChoice.of(instruction.plan(1), (queue, inputs, outputs, workspace) -> {
            for (long i = 0; i < count; i++) {
                if (floating) {
                    elements.set(outputs[0], i, elements.get(inputs[0], i) + elements.get(inputs[1], i));
                } else {
                    elements.setLong(outputs[0], i, elements.getLong(inputs[0], i) + elements.getLong(inputs[1], i));
                }
            }
        });
    }

    static KernelChoice isFinite(Instruction<IsFinite> instruction) {
        Elements[] elements = instruction.inputs().stream()
                .map(type -> Elements.of(type.dtype()))
                .toArray(Elements[]::new);
        return KernelChoice.of(instruction.plan(elements.length), (queue, inputs, outputs, workspace) -> {
            int finite = 1;
            for (int i = 0; i < inputs.length; i++) {
                if (!Double.isFinite(elements[i].get(inputs[i], 0))) {
                    finite = 0;
                }
            }
            Memory.setInt(outputs[0], finite);
        });
    }

    static KernelChoice movingAverage(Instruction<MovingAverage> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        Elements rates = Elements.of(instruction.dtype(2));
        long count = instruction.output(0).elements();
        return KernelChoice.of(instruction.plan(3), (queue, inputs, outputs, workspace) -> {
            double rate = rates.get(inputs[2], 0);
            if (Memory.getInt(inputs[3]) == 0 || rate == 0) {
                return;
            }
            for (long i = 0; i < count; i++) {
                double average = elements.get(inputs[0], i);
                double value = elements.get(inputs[1], i);
                elements.set(outputs[0], i, rate == 1 ? value : average + rate * (value - average));
            }
        });
    }

    static KernelChoice adamW(Instruction<AdamW> instruction) {
        AdamW operation = instruction.operation();
        Kept kept = new Kept(
                Elements.of(instruction.dtype(0)),
                Elements.of(instruction.dtype(1)),
                Elements.of(instruction.dtype(2)),
                Elements.of(instruction.inputs().getLast().dtype()),
                Elements.of(instruction.dtype(4)));
        long count = instruction.input(0).elements();
        return KernelChoice.of(instruction.plan(20), (queue, inputs, outputs, workspace) -> {
            if (Memory.getInt(inputs[8]) != 0) {
                Step step = new Step(operation, kept, inputs);
                for (long i = 0; i < count; i++) {
                    step.update(inputs, outputs, i);
                }
            }
        });
    }

    /** How the arrays of an AdamW step hold their elements. */
    private record Kept(Elements param, Elements gradient, Elements slots, Elements weights, Elements scalars) {}

    /** The scalars of one AdamW step, read once. */
    private static final class Step {
        private final AdamW operation;
        private final Kept kept;
        private final double gradientScale;
        private final double keep; // of the parameter after weight decay
        private final double rate; // learning rate / (1 − β₁ᵗ)
        private final double rootCorrection; // √(1 − β₂ᵗ)

        Step(AdamW operation, Kept kept, long[] inputs) {
            this.operation = operation;
            this.kept = kept;
            Elements scalars = kept.scalars;
            double learningRate = scalars.get(inputs[4], 0);
            this.keep = 1 - learningRate * operation.weightDecay();
            this.rate = learningRate / scalars.get(inputs[5], 0);
            this.rootCorrection = StrictMath.sqrt(scalars.get(inputs[6], 0));
            this.gradientScale = scalars.get(inputs[7], 0);
        }

        void update(long[] inputs, long[] outputs, long i) {
            double g = kept.gradient.get(inputs[1], i) * gradientScale;
            double m = operation.beta1() * kept.slots.get(inputs[2], i) + (1 - operation.beta1()) * g;
            double v = operation.beta2() * kept.slots.get(inputs[3], i) + (1 - operation.beta2()) * g * g;
            double denominator = StrictMath.sqrt(v) / rootCorrection + operation.epsilon();
            double param = kept.param.round(kept.param.get(inputs[0], i) * keep - rate * m / denominator);
            kept.param.set(outputs[0], i, param);
            kept.slots.set(outputs[1], i, m);
            kept.slots.set(outputs[2], i, v);
            if (outputs.length > 3) {
                kept.weights.set(outputs[3], i, param);
            }
        }
    }
}
