package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.dispatch.Norms.Matrix;
import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.accelerator.cuda.kernel.Step;
import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Norms with the addition before and the conversion behind them: the family {@code fused_norm}. Declined are FLOAT32
 * parameters beside values of 16 bits, and gradients of rows that no block keeps (more than 8192 numbers of 16 or 32
 * bits): these stay the instructions that they were.
 */
final class FusedNorms {
    private static final String FAMILY = "fused_norm";

    private FusedNorms() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(FusedNorm.class, FusedNorms::forward)
                .with(FusedNormGradient.class, FusedNorms::gradient);
    }

    private static Optional<KernelChoice> forward(Instruction<FusedNorm> instruction) {
        FusedNorm operation = instruction.operation();
        Matrix x = Matrix.of(instruction, 0, 1);
        if (x.dtype() != x.parameters()) {
            return Optional.empty();
        }
        int residual = operation.residual() ? instruction.inputs().size() - 1 : 0;
        int y = operation.output();
        String name = operation.centred() ? "fused_layer_norm_" : "fused_rms_norm_";
        Launch launch = x.rowCrews()
                .over(Launch.of(FAMILY, name + KernelTypes.of(x.dtype(), operation.normed())), x.rows())
                .input(0);
        launch = operation.residual()
                ? launch.input(residual)
                        .words(kind(instruction, residual), rows(instruction.input(residual)))
                        .input(1)
                : launch.nothing().words(0, 1).input(1);
        launch = operation.centred() ? launch.input(2) : launch;
        launch = (operation.residual() ? launch.output(0) : launch.nothing()).output(y);
        for (int statistic = y + 1; statistic < instruction.outputs().size(); statistic++) {
            launch = launch.output(statistic);
        }
        launch = launch.words(x.rows(), x.width())
                .reals(operation.epsilon())
                .words(x.rowCrews().size());
        KernelPlan plan = instruction.plan(operation.centred() ? 9 : 6);
        return Optional.of(KernelChoice.of(plan.withMayAlias(overlays(instruction, y, 0, residual)), launch));
    }

    private static Optional<KernelChoice> gradient(Instruction<FusedNormGradient> instruction) {
        FusedNormGradient operation = instruction.operation();
        Matrix x = Matrix.of(instruction, 1, 2);
        if (x.dtype() != x.parameters() || !x.kept()) {
            return Optional.empty();
        }
        int last = instruction.outputs().size() - 1;
        int residual = instruction.inputs().size() - 1;
        int parameters = operation.centred() ? 2 : 1;
        String name = operation.centred() ? "fused_layer_norm_gradient" : "fused_rms_norm_gradient";
        Launch launch = x.overKept(Launch.of(FAMILY, name, x.dtype()))
                .input(0)
                .words(kind(instruction, 0))
                .input(1)
                .input(2);
        launch = Norms.statistics(launch, parameters);
        launch = (operation.residual() ? launch.input(residual) : launch.nothing()).output(0);
        launch = operation.copy().isPresent()
                ? launch.output(last).words(kind(operation.copy().get(), x.dtype()))
                : launch.nothing().words(0);
        launch = launch.workspace(0)
                .words(x.rows(), x.width(), x.perBlock(), x.keptCrews().size());
        List<Step> steps = List.of(launch, Norms.finish(x, parameters, x.partials()));
        long workspace =
                parameters * x.partials() * x.width() * x.dtype().wide().bytes();
        KernelPlan plan = instruction.plan(operation.centred() ? 15 : 12);
        KernelPlan whole = new KernelPlan(workspace, plan.mayAlias(), plan.flops(), plan.bytes() + 2.0 * workspace);
        Alias[] overlays =
                operation.residual() ? overlays(instruction, 0, 0, 1, residual) : overlays(instruction, 0, 0, 1);
        return Optional.of(new KernelChoice(whole.withMayAlias(overlays), steps));
    }

    /** Outputs up to one of them, on those inputs that are of their type: a row is read before it is written. */
    private static Alias[] overlays(Instruction<?> instruction, int outputs, int... inputs) {
        List<Alias> pairs = new ArrayList<>();
        for (int output = 0; output <= outputs; output++) {
            for (int input : inputs) {
                Alias pair = new Alias(output, input);
                if (instruction.output(output).equals(instruction.input(input)) && !pairs.contains(pair)) {
                    pairs.add(pair);
                }
            }
        }
        return pairs.toArray(Alias[]::new);
    }

    private static long rows(TensorType type) {
        return type.shape().elements(0, type.shape().rank() - 1);
    }

    private static long kind(Instruction<?> instruction, int input) {
        return kind(instruction.dtype(input), instruction.dtype(1));
    }

    /** {@code Kind} of {@code norms.cuh}. */
    private static long kind(DType dtype, DType values) {
        if (dtype == values) {
            return 1;
        }
        return dtype == DType.BFLOAT16 ? 2 : 3;
    }
}
