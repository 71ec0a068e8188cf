package dev.javelin.accelerator.cpu.reference;

import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.MatMul;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.ProductShape;

/** Matrix products: each element a sum over k in ascending order, in double. */
final class Products {
    private Products() {}

    static KernelChoice matmul(Instruction<MatMul> instruction) {
        MatMul operation = instruction.operation();
        ProductShape shape = ProductShape.of(instruction, operation.transposeA(), operation.transposeB());
        Elements elements = Elements.of(instruction.dtype(0));
        return KernelChoice.of(
                KernelPlan.of(shape.flops(), instruction.bytes()),
                (queue, inputs, outputs, workspace) -> forEach(shape, (batch, row, column, index) -> {
                    double sum = dot(shape, elements, inputs, batch, row, column);
                    elements.set(outputs[0], index, sum);
                }));
    }

    /**
     * The product with its epilogue; the GELU is taken of the pre-activation as it was rounded. Not in place: the
     * residual could be one of the factors.
     */
    static KernelChoice fusedMatMul(Instruction<FusedMatMul> instruction) {
        FusedMatMul operation = instruction.operation();
        ProductShape shape = ProductShape.of(instruction, operation.transposeA(), operation.transposeB());
        Elements elements = Elements.of(instruction.dtype(0));
        int last = instruction.inputs().size() - 1;
        Elements results = Elements.of(instruction.output(0).dtype());
        KernelPlan plan = KernelPlan.of(shape.flops() + shape.epilogueFlops(operation), instruction.bytes());
        return KernelChoice.of(
                plan,
                (queue, inputs, outputs, workspace) -> forEach(shape, (batch, row, column, index) -> {
                    double value = dot(shape, elements, inputs, batch, row, column);
                    if (operation.bias()) {
                        value = results.round(value) + elements.get(inputs[2], column);
                    }
                    if (operation.residual() || operation.accumulate()) {
                        value = results.round(value) + results.get(inputs[last], index);
                    }
                    results.set(outputs[0], index, value);
                    if (operation.gelu()) {
                        results.set(outputs[1], index, Elementwise.gelu(results.round(value)));
                    }
                }));
    }

    @FunctionalInterface
    private interface Each {
        void at(long batch, long row, long column, long index);
    }

    private static void forEach(ProductShape shape, Each each) {
        long index = 0;
        for (long batch = 0; batch < shape.batches(); batch++) {
            for (long row = 0; row < shape.m(); row++) {
                for (long column = 0; column < shape.n(); column++) {
                    each.at(batch, row, column, index++);
                }
            }
        }
    }

    private static double dot(ProductShape shape, Elements elements, long[] inputs, long batch, long row, long column) {
        long a = batch * shape.batchStrideA() + row * shape.rowStrideA();
        long b = batch * shape.batchStrideB() + column * shape.columnStrideB();
        double sum = 0;
        for (long k = 0; k < shape.k(); k++) {
            sum += elements.get(inputs[0], a + k * shape.innerStrideA())
                    * elements.get(inputs[1], b + k * shape.innerStrideB());
        }
        return sum;
    }
}
