package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.blas.Blas.ReadyProduct;
import dev.javelin.accelerator.cuda.blas.Gemm;
import dev.javelin.accelerator.cuda.kernel.Device;
import dev.javelin.accelerator.cuda.kernel.Parameter.Address;
import dev.javelin.accelerator.cuda.kernel.Step;
import dev.javelin.accelerator.cuda.kernel.Work;

/**
 * A batch of matrix products y = op(a) · op(b), row by row, of matrices that lie anywhere among an instruction's operands.
 *
 * @param gemm the product of y's transpose, as {@link Gemm#of} makes it: without addend and epilogue
 * @param scratch workspace of the library
 */
record PlacedProduct(Gemm gemm, Address a, Address b, Address y, Address scratch, long scratchBytes) implements Step {

    @Override
    public Work ready(Device device) {
        ReadyProduct product = device.blas().prepare(gemm, scratchBytes).orElseThrow();
        return (stream, inputs, outputs, workspace) -> product.enqueue(
                stream,
                at(b, inputs, outputs, workspace),
                at(a, inputs, outputs, workspace),
                0,
                at(y, inputs, outputs, workspace),
                0,
                0,
                at(scratch, inputs, outputs, workspace));
    }

    private static long at(Address place, long[] inputs, long[] outputs, long workspace) {
        long base = switch (place.operand()) {
            case INPUT -> inputs[place.index()];
            case OUTPUT -> outputs[place.index()];
            case WORKSPACE -> workspace;
        };
        return base + place.offsetBytes();
    }
}
