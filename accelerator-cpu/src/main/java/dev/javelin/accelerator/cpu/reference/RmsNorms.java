package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.spi.kernel.Instruction;

/** RMS norm, row by row along the last dim. */
final class RmsNorms {
    private RmsNorms() {}

    static KernelChoice forward(Instruction<RmsNorm> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        Elements parameters = Elements.of(instruction.dtype(1));
        Elements statistics = Elements.of(instruction.output(1).dtype());
        long width = instruction.shape(0).dim(-1);
        long rows = instruction.output(1).elements();
        double epsilon = instruction.operation().epsilon();
        return KernelChoice.of(instruction.inPlacePlan(5), (queue, inputs, outputs, workspace) -> {
            for (long row = 0; row < rows; row++) {
                long at = row * width;
                double squares = 0;
                for (long c = 0; c < width; c++) {
                    double x = elements.get(inputs[0], at + c);
                    squares += x * x;
                }
                double inverse = 1 / StrictMath.sqrt(squares / width + epsilon);
                for (long c = 0; c < width; c++) {
                    double normal = elements.get(inputs[0], at + c) * inverse;
                    elements.set(outputs[0], at + c, normal * parameters.get(inputs[1], c));
                }
                statistics.set(outputs[1], row, inverse);
            }
        });
    }

    /** The sums over rows come first, because dx may overwrite dy or x. */
    static KernelChoice gradient(Instruction<RmsNormGradient> instruction) {
        Gradient gradient = new Gradient(
                Elements.of(instruction.dtype(0)),
                Elements.of(instruction.dtype(2)),
                Elements.of(instruction.dtype(3)),
                instruction.shape(0).dim(-1),
                instruction.input(3).elements());
        return KernelChoice.of(instruction.inPlacePlan(10), (queue, inputs, outputs, workspace) -> {
            for (long c = 0; c < gradient.width; c++) {
                gradient.column(inputs, outputs, c);
            }
            for (long row = 0; row < gradient.rows; row++) {
                gradient.row(inputs, outputs, row);
            }
        });
    }

    private record Gradient(Elements elements, Elements parameters, Elements statistics, long width, long rows) {
        private double normal(long[] inputs, long row, long c) {
            return elements.get(inputs[1], row * width + c) * statistics.get(inputs[3], row);
        }

        void column(long[] inputs, long[] outputs, long c) {
            double dScale = 0;
            for (long row = 0; row < rows; row++) {
                dScale += elements.get(inputs[0], row * width + c) * normal(inputs, row, c);
            }
            parameters.set(outputs[1], c, dScale);
        }

        void row(long[] inputs, long[] outputs, long row) {
            long at = row * width;
            double meanGn = 0;
            for (long c = 0; c < width; c++) {
                meanGn += elements.get(inputs[0], at + c) * parameters.get(inputs[2], c) * normal(inputs, row, c);
            }
            meanGn /= width;
            double inverse = statistics.get(inputs[3], row);
            for (long c = 0; c < width; c++) {
                double g = elements.get(inputs[0], at + c) * parameters.get(inputs[2], c);
                elements.set(outputs[0], at + c, (g - normal(inputs, row, c) * meanGn) * inverse);
            }
        }
    }
}
