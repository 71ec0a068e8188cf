package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.DType;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import java.util.ArrayList;
import java.util.List;

/** Norms with the addition before and the conversion behind them, row by row: {@link Rows} and {@link RmsNorms} joined. */
final class FusedNorms {
    private FusedNorms() {}

    static KernelChoice forward(Instruction<FusedNorm> instruction) {
        Forward forward = Forward.of(instruction);
        List<Alias> overlays = new ArrayList<>();
        for (int output = 0; output <= instruction.operation().output(); output++) {
            for (int input : new int[] {0, instruction.inputs().size() - 1}) {
                if (instruction.input(input).equals(instruction.output(output))
                        && (input == 0 || forward.residual > 0)) {
                    overlays.add(new Alias(output, input));
                }
            }
        }
        return KernelChoice.of(
                instruction.plan(9).withMayAlias(overlays.toArray(Alias[]::new)),
                (queue, inputs, outputs, workspace) -> {
                    for (long row = 0; row < forward.rows; row++) {
                        forward.row(inputs, outputs, row);
                    }
                });
    }

    /**
     * @param residual which input it is, 0 if there is none
     * @param repeated elements of the residual
     */
    private record Forward(
            FusedNorm operation,
            Elements elements,
            Elements parameters,
            Elements added,
            Elements normed,
            Elements statistics,
            boolean single,
            int residual,
            long repeated,
            long rows,
            long width) {

        static Forward of(Instruction<FusedNorm> instruction) {
            FusedNorm operation = instruction.operation();
            int last = instruction.inputs().size() - 1;
            int statistics = instruction.outputs().size() - 1;
            return new Forward(
                    operation,
                    Elements.of(instruction.dtype(0)),
                    Elements.of(instruction.dtype(1)),
                    Elements.of(instruction.dtype(last)),
                    Elements.of(operation.normed()),
                    Elements.of(instruction.output(statistics).dtype()),
                    instruction.dtype(0) == DType.FLOAT32,
                    operation.residual() ? last : 0,
                    instruction.input(last).elements(),
                    instruction.output(statistics).elements(),
                    instruction.shape(0).dim(-1));
        }

        void row(long[] inputs, long[] outputs, long row) {
            long at = row * width;
            long from = inputs[0];
            if (residual > 0) {
                for (long i = at; i < at + width; i++) {
                    double other = added.get(inputs[residual], i % repeated);
                    elements.set(outputs[0], i, elements.get(inputs[0], i) + other);
                }
                from = outputs[0];
            }
            double mean = 0;
            for (long c = 0; c < (operation.centred() ? width : 0); c++) {
                mean += elements.get(from, at + c);
            }
            mean /= width;
            double squares = 0;
            for (long c = 0; c < width; c++) {
                double centred = elements.get(from, at + c) - mean;
                squares += centred * centred;
            }
            double inverse = 1 / StrictMath.sqrt(squares / width + operation.epsilon());
            for (long c = 0; c < width; c++) {
                double scaled = (elements.get(from, at + c) - mean) * inverse * parameters.get(inputs[1], c);
                double y = operation.centred() ? scaled + parameters.get(inputs[2], c) : scaled;
                normed.set(outputs[operation.output()], at + c, single ? (float) y : y);
            }
            if (operation.centred()) {
                statistics.set(outputs[operation.output() + 1], row, mean);
            }
            statistics.set(outputs[outputs.length - 1], row, inverse);
        }
    }
}
