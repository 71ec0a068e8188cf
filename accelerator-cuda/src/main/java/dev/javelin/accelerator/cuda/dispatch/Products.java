package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.blas.Gemm;
import dev.javelin.accelerator.cuda.blas.Gemm.Addend;
import dev.javelin.accelerator.cuda.blas.Gemm.Epilogue;
import dev.javelin.accelerator.cuda.kernel.Clear;
import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.accelerator.cuda.kernel.Step;
import dev.javelin.api.DType;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.MatMul;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import dev.javelin.spi.kernel.ProductShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Matrix products by cuBLAS, and the family {@code epilogue} for what it does not do in the same launch. */
final class Products {
    private static final String FAMILY = "epilogue";
    private static final int THREADS = 256;
    /** As many partial sums of each element have room in the workspace, if that is not more than the GPU's kind gets. */
    private static final long SPLITS = 16;

    private static final long ALIGNMENT = 256;

    private final GpuModel model;

    private Products(GpuModel model) {
        this.model = model;
    }

    static KernelTable<KernelChoice> kernels(GpuModel model) {
        Products products = new Products(model);
        return KernelTable.<KernelChoice>empty()
                .with(MatMul.class, products::matMul)
                .with(FusedMatMul.class, products::fused);
    }

    private Optional<KernelChoice> matMul(Instruction<MatMul> instruction) {
        MatMul operation = instruction.operation();
        ProductShape shape = ProductShape.of(instruction, operation.transposeA(), operation.transposeB());
        KernelPlan plan = KernelPlan.of(shape.flops(), instruction.bytes());
        return Optional.of(choice(instruction, shape, plan, Addend.NONE, Epilogue.NONE, -1, -1));
    }

    private Optional<KernelChoice> fused(Instruction<FusedMatMul> instruction) {
        FusedMatMul operation = instruction.operation();
        ProductShape shape = ProductShape.of(instruction, operation.transposeA(), operation.transposeB());
        KernelPlan plan = KernelPlan.of(shape.flops() + shape.epilogueFlops(operation), instruction.bytes());
        int last = instruction.inputs().size() - 1;
        if (operation.residual()) {
            plan = plan.withMayAlias(new Alias(0, last));
        }
        Epilogue epilogue = operation.gelu()
                ? operation.bias() ? Epilogue.GELU_BIAS : Epilogue.GELU
                : operation.bias() ? Epilogue.BIAS : Epilogue.NONE;
        Addend addend = operation.accumulate() ? Addend.IN_PLACE : operation.residual() ? Addend.APART : Addend.NONE;
        int added = addend == Addend.NONE ? -1 : last;
        return Optional.of(choice(instruction, shape, plan, addend, epilogue, operation.bias() ? 2 : -1, added));
    }

    private KernelChoice choice(
            Instruction<?> instruction,
            ProductShape shape,
            KernelPlan plan,
            Addend addend,
            Epilogue epilogue,
            int bias,
            int added) {
        DType operands = instruction.dtype(0);
        DType results = instruction.output(0).dtype();
        long elements = instruction.output(0).elements();
        if (elements == 0) {
            return KernelChoice.of(plan);
        }
        boolean preset = bias >= 0 || addend == Addend.APART;
        List<Step> before = preset
                ? List.of(preset(operands, results, elements, shape.n(), bias, addend == Addend.APART ? added : -1))
                : List.of();
        List<Step> after = epilogue.gelu() ? List.of(gelu(results, elements)) : List.of();
        if (shape.k() == 0) {
            return new KernelChoice(plan, withoutProduct(instruction, addend, before, after));
        }
        long workspace = workspaceBytes(model, elements, results);
        Gemm gemm = Gemm.of(shape, operands, results).with(addend, epilogue);
        return KernelChoice.of(
                plan.withWorkspaceBytes(workspace), new Product(gemm, bias, added, workspace, before, after));
    }

    /** The product of nothing is zero. */
    private static List<Step> withoutProduct(
            Instruction<?> instruction, Addend addend, List<Step> before, List<Step> after) {
        List<Step> steps = new ArrayList<>(before);
        if (before.isEmpty() && addend == Addend.NONE) {
            steps.add(Clear.output(0, instruction.output(0).bytes()));
        }
        steps.addAll(after);
        return steps;
    }

    /** Workspace of the library for a product of so many elements. */
    static long workspaceBytes(GpuModel model, long elements, DType results) {
        double wanted = (double) SPLITS * elements * results.wide().bytes();
        long bytes = (long) Math.min(wanted, model.productWorkspaceBytes());
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }

    /** What is added to a product, in its output: the bias in each row, the residual. */
    private static Launch preset(DType operands, DType results, long elements, long columns, int bias, int residual) {
        Launch launch =
                Launch.of(FAMILY, "preset_" + KernelTypes.of(operands, results)).over(elements, THREADS);
        launch = bias < 0 ? launch.nothing() : launch.input(bias);
        launch = residual < 0 ? launch.nothing() : launch.input(residual);
        return launch.output(0).words(elements, columns);
    }

    private static Launch gelu(DType results, long elements) {
        return Launch.of(FAMILY, "epilogue_gelu", results)
                .over(elements, THREADS)
                .output(0)
                .output(1)
                .words(elements);
    }
}
