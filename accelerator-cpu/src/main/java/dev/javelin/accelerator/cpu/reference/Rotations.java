package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.operation.Rotary;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.RotaryShape;

/** Rotary positions, pair by pair. */
final class Rotations {
    private Rotations() {}

    static KernelChoice rotate(Instruction<Rotary> instruction) {
        RotaryShape shape = RotaryShape.of(instruction);
        Elements elements = Elements.of(instruction.dtype(0));
        Elements angles = Elements.of(instruction.dtype(1));
        double sign = instruction.operation().back() ? -1 : 1;
        return KernelChoice.of(
                instruction.plan(3).withMayAlias(new Alias(0, 0)), (queue, inputs, outputs, workspace) -> {
                    for (long row = 0; row < shape.rows(); row++) {
                        long table = row % shape.tableRows() * 2 * shape.half();
                        for (int head = 0; head < shape.heads(); head++) {
                            long at = row * shape.row() + head * 2 * shape.half();
                            for (long i = 0; i < shape.half(); i++) {
                                double left = elements.get(inputs[0], at + i);
                                double right = elements.get(inputs[0], at + shape.half() + i);
                                boolean turned = head < shape.turned();
                                double cos = turned ? angles.get(inputs[1], table + i) : 1;
                                double sin = turned ? sign * angles.get(inputs[1], table + shape.half() + i) : 0;
                                elements.set(outputs[0], at + i, left * cos - right * sin);
                                elements.set(outputs[0], at + shape.half() + i, right * cos + left * sin);
                            }
                        }
                    }
                });
    }
}
