package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.blas.Blas;
import dev.javelin.accelerator.cuda.blas.Blas.ReadyProduct;
import dev.javelin.accelerator.cuda.blas.Gemm;
import dev.javelin.accelerator.cuda.kernel.Device;
import dev.javelin.accelerator.cuda.kernel.Step;
import dev.javelin.accelerator.cuda.kernel.Work;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A product of an instruction's first two inputs by cuBLAS. Where the library has no algorithm with this addend and
 * epilogue, what is added is put into the output first, the product is added to it, and the GELU follows.
 *
 * @param bias index of that input; negative for none
 * @param added index of the input that is added; negative for none
 * @param before puts what is added into the output
 * @param after takes the GELU of the output
 */
record Product(Gemm gemm, int bias, int added, long workspaceBytes, List<Step> before, List<Step> after)
        implements Step {
    Product {
        before = List.copyOf(before);
        after = List.copyOf(after);
    }

    @Override
    public Work ready(Device device) {
        Blas blas = device.blas();
        Optional<ReadyProduct> whole = blas.prepare(gemm, workspaceBytes);
        if (whole.isPresent()) {
            return fused(whole.get());
        }
        boolean add = !before.isEmpty() || gemm.addend() == Gemm.Addend.IN_PLACE;
        ReadyProduct alone = blas.prepare(gemm.plain(add), workspaceBytes).orElseThrow();
        Work[] works = Stream.of(
                        before.stream().map(step -> step.ready(device)),
                        Stream.of(plain(alone)),
                        after.stream().map(step -> step.ready(device)))
                .flatMap(all -> all)
                .toArray(Work[]::new);
        return (stream, inputs, outputs, workspace) -> {
            for (Work work : works) {
                work.enqueue(stream, inputs, outputs, workspace);
            }
        };
    }

    /** The left operand of the library is the right one of the instruction. */
    private Work fused(ReadyProduct product) {
        boolean gelu = gemm.epilogue().gelu();
        return (stream, inputs, outputs, workspace) -> product.enqueue(
                stream,
                inputs[1],
                inputs[0],
                added < 0 ? 0 : inputs[added],
                gelu ? outputs[1] : outputs[0],
                bias < 0 ? 0 : inputs[bias],
                gelu ? outputs[0] : 0,
                workspace);
    }

    private static Work plain(ReadyProduct product) {
        return (stream, inputs, outputs, workspace) ->
                product.enqueue(stream, inputs[1], inputs[0], outputs[0], outputs[0], 0, 0, workspace);
    }
}
