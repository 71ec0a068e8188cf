package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.spi.kernel.Instruction;

/** Kernels that work row by row along the last dim: softmax and layer norm. */
final class Rows {
    private Rows() {}

    static KernelChoice softmax(Instruction<Softmax> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        long width = instruction.shape(0).dim(-1);
        long rows = rows(instruction.input(0).elements(), width);
        return KernelChoice.of(instruction.inPlacePlan(8), (queue, inputs, outputs, workspace) -> {
            for (long row = 0; row < rows; row++) {
                long at = row * width;
                double max = max(elements, inputs[0], at, width);
                double sum = sumOfExponentials(elements, inputs[0], at, width, max);
                for (long i = at; i < at + width; i++) {
                    elements.set(outputs[0], i, StrictMath.exp(elements.get(inputs[0], i) - max) / sum);
                }
            }
        });
    }

    static long rows(long elements, long width) {
        return width == 0 ? 0 : elements / width;
    }

    static double max(Elements elements, long base, long start, long length) {
        double max = Double.NEGATIVE_INFINITY;
        for (long i = start; i < start + length; i++) {
            max = Math.max(max, elements.get(base, i));
        }
        return max;
    }

    static double sumOfExponentials(Elements elements, long base, long start, long length, double max) {
        double sum = 0;
        for (long i = start; i < start + length; i++) {
            sum += StrictMath.exp(elements.get(base, i) - max);
        }
        return sum;
    }

    static KernelChoice softmaxGradient(Instruction<SoftmaxGradient> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        long width = instruction.shape(0).dim(-1);
        long rows = rows(instruction.input(0).elements(), width);
        return KernelChoice.of(instruction.inPlacePlan(4), (queue, inputs, outputs, workspace) -> {
            for (long row = 0; row < rows; row++) {
                long at = row * width;
                double dot = 0;
                for (long i = at; i < at + width; i++) {
                    dot += elements.get(inputs[0], i) * elements.get(inputs[1], i);
                }
                for (long i = at; i < at + width; i++) {
                    elements.set(outputs[0], i, elements.get(inputs[0], i) * (elements.get(inputs[1], i) - dot));
                }
            }
        });
    }

    static KernelChoice layerNorm(Instruction<LayerNorm> instruction) {
        Elements elements = Elements.of(instruction.dtype(0));
        Elements parameters = Elements.of(instruction.dtype(1));
        Elements statistics = Elements.of(instruction.output(1).dtype());
        long width = instruction.shape(0).dim(-1);
        long rows = instruction.output(1).elements();
        double epsilon = instruction.operation().epsilon();
        return KernelChoice.of(instruction.inPlacePlan(8), (queue, inputs, outputs, workspace) -> {
            for (long row = 0; row < rows; row++) {
                long at = row * width;
                double mean = 0;
                for (long c = 0; c < width; c++) {
                    mean += elements.get(inputs[0], at + c);
                }
                mean /= width;
                double variance = 0;
                for (long c = 0; c < width; c++) {
                    double centred = elements.get(inputs[0], at + c) - mean;
                    variance += centred * centred;
                }
                double inverse = 1 / StrictMath.sqrt(variance / width + epsilon);
                for (long c = 0; c < width; c++) {
                    double normal = (elements.get(inputs[0], at + c) - mean) * inverse;
                    double scaled = normal * parameters.get(inputs[1], c);
                    elements.set(outputs[0], at + c, scaled + parameters.get(inputs[2], c));
                }
                statistics.set(outputs[1], row, mean);
                statistics.set(outputs[2], row, inverse);
            }
        });
    }

    /** The sums over rows come first, because dx may overwrite dy or x. */
    static KernelChoice layerNormGradient(Instruction<LayerNormGradient> instruction) {
        NormGradient gradient = new NormGradient(
                Elements.of(instruction.dtype(0)),
                Elements.of(instruction.dtype(2)),
                Elements.of(instruction.dtype(3)),
                instruction.shape(0).dim(-1),
                instruction.input(3).elements());
        return KernelChoice.of(instruction.inPlacePlan(14), (queue, inputs, outputs, workspace) -> {
            for (long c = 0; c < gradient.width; c++) {
                gradient.column(inputs, outputs, c);
            }
            for (long row = 0; row < gradient.rows; row++) {
                gradient.row(inputs, outputs, row);
            }
        });
    }

    private record NormGradient(Elements elements, Elements parameters, Elements statistics, long width, long rows) {
        private double normal(long[] inputs, long row, long c) {
            double centred = elements.get(inputs[1], row * width + c) - statistics.get(inputs[3], row);
            return centred * statistics.get(inputs[4], row);
        }

        void column(long[] inputs, long[] outputs, long c) {
            double dScale = 0;
            double dShift = 0;
            for (long row = 0; row < rows; row++) {
                double dy = elements.get(inputs[0], row * width + c);
                dScale += dy * normal(inputs, row, c);
                dShift += dy;
            }
            parameters.set(outputs[1], c, dScale);
            parameters.set(outputs[2], c, dShift);
        }

        void row(long[] inputs, long[] outputs, long row) {
            long at = row * width;
            double meanG = 0;
            double meanGn = 0;
            for (long c = 0; c < width; c++) {
                double g = elements.get(inputs[0], at + c) * parameters.get(inputs[2], c);
                meanG += g;
                meanGn += g * normal(inputs, row, c);
            }
            meanG /= width;
            meanGn /= width;
            double inverse = statistics.get(inputs[4], row);
            for (long c = 0; c < width; c++) {
                double g = elements.get(inputs[0], at + c) * parameters.get(inputs[2], c);
                double dx = (g - meanG - normal(inputs, row, c) * meanGn) * inverse;
                elements.set(outputs[0], at + c, dx);
            }
        }
    }
}
