package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.spi.kernel.Instruction;

/** Gradients of norms with the conversion before, and the addition and the conversion behind them. */
final class FusedNormGradients {
    private FusedNormGradients() {}

    /** The sums over rows come first, because dx may overwrite dy or x. */
    static KernelChoice gradient(Instruction<FusedNormGradient> instruction) {
        Gradient gradient = Gradient.of(instruction);
        return KernelChoice.of(instruction.inPlacePlan(15), (queue, inputs, outputs, workspace) -> {
            for (long c = 0; c < gradient.width; c++) {
                gradient.column(inputs, outputs, c);
            }
            for (long row = 0; row < gradient.rows; row++) {
                gradient.row(inputs, outputs, row);
            }
        });
    }

    private record Gradient(
            FusedNormGradient operation,
            Elements incoming,
            Elements elements,
            Elements parameters,
            Elements statistics,
            Elements copy,
            long rows,
            long width) {

        static Gradient of(Instruction<FusedNormGradient> instruction) {
            return new Gradient(
                    instruction.operation(),
                    Elements.of(instruction.dtype(0)),
                    Elements.of(instruction.dtype(1)),
                    Elements.of(instruction.dtype(2)),
                    Elements.of(instruction.dtype(3)),
                    Elements.of(instruction.outputs().getLast().dtype()),
                    instruction.input(3).elements(),
                    instruction.shape(1).dim(-1));
        }

        private double inverse(long[] inputs, long row) {
            return statistics.get(inputs[operation.centred() ? 4 : 3], row);
        }

        private double normal(long[] inputs, long row, long c) {
            double mean = operation.centred() ? statistics.get(inputs[3], row) : 0;
            return (elements.get(inputs[1], row * width + c) - mean) * inverse(inputs, row);
        }

        void column(long[] inputs, long[] outputs, long c) {
            double dScale = 0;
            double dShift = 0;
            for (long row = 0; row < rows; row++) {
                double dy = incoming.get(inputs[0], row * width + c);
                dScale += dy * normal(inputs, row, c);
                dShift += dy;
            }
            parameters.set(outputs[1], c, dScale);
            if (operation.centred()) {
                parameters.set(outputs[2], c, dShift);
            }
        }

        void row(long[] inputs, long[] outputs, long row) {
            long at = row * width;
            double meanG = 0;
            double meanGn = 0;
            for (long c = 0; c < width; c++) {
                double g = incoming.get(inputs[0], at + c) * parameters.get(inputs[2], c);
                meanG += operation.centred() ? g : 0;
                meanGn += g * normal(inputs, row, c);
            }
            meanG /= width;
            meanGn /= width;
            double inverse = inverse(inputs, row);
            for (long c = 0; c < width; c++) {
                double g = incoming.get(inputs[0], at + c) * parameters.get(inputs[2], c);
                double own = (g - meanG - normal(inputs, row, c) * meanGn) * inverse;
                write(inputs, outputs, at + c, own);
            }
        }

        /** The norm's own share is rounded first, then the sum. */
        private void write(long[] inputs, long[] outputs, long i, double own) {
            double passing = operation.residual() ? elements.get(inputs[inputs.length - 1], i) : 0;
            elements.set(outputs[0], i, own);
            if (operation.residual()) {
                elements.set(outputs[0], i, elements.get(outputs[0], i) + passing);
            }
            if (operation.copy().isPresent()) {
                copy.set(outputs[outputs.length - 1], i, elements.get(outputs[0], i));
            }
        }
    }
}
