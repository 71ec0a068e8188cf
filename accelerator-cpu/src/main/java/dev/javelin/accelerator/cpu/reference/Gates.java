package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.operation.SwiGlu;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;

/** SwiGLU: rows of a packed projection [rows, 2F], the gate first. */
final class Gates {
    private Gates() {}

    static double sigmoid(double x) {
        return 1 / (1 + StrictMath.exp(-x));
    }

    static double silu(double x) {
        return x * sigmoid(x);
    }

    static double siluSlope(double x) {
        double s = sigmoid(x);
        return s * (1 + x * (1 - s));
    }

    static KernelChoice swiGlu(Instruction<SwiGlu> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        long width = instruction.output(0).shape().dim(-1);
        long rows = Rows.rows(instruction.output(0).elements(), width);
        return KernelChoice.of(instruction.plan(6), (queue, inputs, outputs, workspace) -> {
            for (long row = 0; row < rows; row++) {
                for (long c = 0; c < width; c++) {
                    double gate = elements.get(inputs[0], 2 * row * width + c);
                    double up = elements.get(inputs[0], (2 * row + 1) * width + c);
                    elements.set(outputs[0], row * width + c, silu(gate) * up);
                }
            }
        });
    }

    static KernelChoice swiGluGradient(Instruction<SwiGluGradient> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        long width = instruction.shape(1).dim(-1);
        long rows = Rows.rows(instruction.input(1).elements(), width);
        return KernelChoice.of(
                instruction.plan(8).withMayAlias(new Alias(0, 0)), (queue, inputs, outputs, workspace) -> {
                    for (long row = 0; row < rows; row++) {
                        for (long c = 0; c < width; c++) {
                            long gateAt = 2 * row * width + c;
                            double gate = elements.get(inputs[0], gateAt);
                            double up = elements.get(inputs[0], gateAt + width);
                            double dy = elements.get(inputs[1], row * width + c);
                            elements.set(outputs[0], gateAt, dy * up * siluSlope(gate));
                            elements.set(outputs[0], gateAt + width, dy * silu(gate));
                        }
                    }
                });
    }
}
