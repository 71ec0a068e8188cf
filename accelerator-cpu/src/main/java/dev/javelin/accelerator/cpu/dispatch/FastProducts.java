package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.blas.SerialBlas;
import dev.javelin.accelerator.cpu.fast.DoubleEpilogue;
import dev.javelin.accelerator.cpu.fast.FewRows;
import dev.javelin.accelerator.cpu.fast.Gemm;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.accelerator.cpu.threads.Workers;
import dev.javelin.api.DType;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.MatMul;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.ProductShape;
import java.util.Optional;

/**
 * Matrix products in FLOAT32 and FLOAT64, alone and with what follows them. None works in place: a residual
 * could be one of the factors (x + x·W), which other tiles still need, and adding it first would change the bits.
 */
final class FastProducts {
    private FastProducts() {}

    static Optional<KernelChoice> matmul(Instruction<MatMul> instruction) {
        MatMul operation = instruction.operation();
        ProductShape product = ProductShape.of(instruction, operation.transposeA(), operation.transposeB());
        boolean isDouble = instruction.isAll(DType.FLOAT64);
        if (!isDouble && !instruction.isAll(DType.FLOAT32)) {
            return Optional.empty();
        }
        KernelPlan plan = KernelPlan.of(product.flops(), instruction.bytes());
        return shape(product)
                .map(shape -> new KernelChoice(withParts(plan, shape, isDouble), machine -> {
                    Workers workers = machine.workers();
                    SerialBlas blas = machine.blas();
                    return isDouble
                            ? (queue, in, out, workspace) -> Gemm.runDouble(workers, blas, shape, in[0], in[1], out[0])
                            : (queue, in, out, workspace) ->
                                    run(workers, blas, shape, in[0], in[1], out[0], 0, 0, 0, workspace);
                }));
    }

    static Optional<KernelChoice> fusedMatMul(Instruction<FusedMatMul> instruction) {
        FusedMatMul operation = instruction.operation();
        ProductShape product = ProductShape.of(instruction, operation.transposeA(), operation.transposeB());
        boolean isDouble = instruction.isAll(DType.FLOAT64);
        if (!isDouble && !instruction.isAll(DType.FLOAT32)) {
            return Optional.empty();
        }
        KernelPlan plan = KernelPlan.of(product.flops() + product.epilogueFlops(operation), instruction.bytes());
        int last = instruction.inputs().size() - 1;
        return shape(product)
                .map(plain -> plain.withAccumulate(operation.accumulate()))
                .map(shape -> new KernelChoice(withParts(plan, shape, isDouble), machine -> {
                    Workers workers = machine.workers();
                    SerialBlas blas = machine.blas();
                    return (queue, in, out, workspace) -> {
                        long bias = operation.bias() ? in[2] : 0;
                        long residual = operation.residual() ? in[last] : 0;
                        if (isDouble) {
                            Gemm.runDouble(workers, blas, shape, in[0], in[1], out[0]);
                            finish(workers, product, out, bias, residual);
                        } else if (operation.gelu()) {
                            run(workers, blas, shape.withGelu(true), in[0], in[1], out[1], bias, out[0], 0, workspace);
                        } else {
                            run(workers, blas, shape, in[0], in[1], out[0], bias, 0, residual, workspace);
                        }
                    };
                }));
    }

    private static void run(
            Workers workers,
            SerialBlas blas,
            Gemm.Shape shape,
            long a,
            long b,
            long c,
            long bias,
            long preActivation,
            long residual,
            long workspace) {
        if (FewRows.fits(shape)) {
            FewRows.run(workers, shape, a, b, c, bias, preActivation, residual);
        } else {
            Gemm.run(workers, blas, shape, a, b, c, bias, preActivation, residual, workspace);
        }
    }

    private static KernelPlan withParts(KernelPlan plan, Gemm.Shape shape, boolean isDouble) {
        return isDouble || FewRows.fits(shape) ? plan : plan.withWorkspaceBytes(Gemm.workspaceBytes(shape));
    }

    /** What follows a product in FLOAT64. */
    private static void finish(Workers workers, ProductShape product, long[] out, long bias, long residual) {
        long rows = product.batches() * product.m();
        if (out.length == 2) {
            DoubleEpilogue.gelu(workers, rows, product.n(), out[0], bias, out[1]);
        } else if (bias != 0 || residual != 0) {
            DoubleEpilogue.add(workers, rows, product.n(), out[0], bias, residual);
        }
    }

    /** Empty if an extent is 0 or beyond what BLAS counts. A shared right operand makes one tall product of all. */
    private static Optional<Gemm.Shape> shape(ProductShape product) {
        boolean tall = product.sharedB() && !product.transposeA();
        long m = tall ? product.batches() * product.m() : product.m();
        long batches = tall ? 1 : product.batches();
        if (!counts(m) || !counts(product.n()) || !counts(product.k()) || !counts(batches)) {
            return Optional.empty();
        }
        Gemm.Shape one = Gemm.Shape.of(
                product.transposeA(), product.transposeB(), (int) m, (int) product.n(), (int) product.k());
        return Optional.of(one.withBatch(
                (int) batches, product.batchStrideA(), product.batchStrideB(), product.m() * product.n()));
    }

    private static boolean counts(long extent) {
        return extent > 0 && extent <= Integer.MAX_VALUE;
    }
}
