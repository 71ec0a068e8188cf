package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.accelerator.cuda.kernel.Step;
import dev.javelin.api.DType;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Layer norm and RMS norm: the family {@code norm}. */
final class Norms {
    private static final String FAMILY = "norm";
    /** Rows of partial sums, at most: enough blocks to fill any GPU, few enough to add up. */
    private static final int MOST_PARTIALS = 512;

    private static final int COLUMN_THREADS = 256;
    private static final int FINISH_COLUMNS = 32;
    private static final int FINISH_THREADS = 1024;

    private Norms() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(LayerNorm.class, Norms::layerNorm)
                .with(LayerNormGradient.class, Norms::layerNormGradient)
                .with(RmsNorm.class, Norms::rmsNorm)
                .with(RmsNormGradient.class, Norms::rmsNormGradient);
    }

    private static Optional<KernelChoice> layerNorm(Instruction<LayerNorm> instruction) {
        if (!KernelTypes.areWide(instruction.dtype(0), instruction.output(1), instruction.output(2))) {
            return Optional.empty();
        }
        Matrix x = Matrix.of(instruction, 0, 1);
        Launch launch = x.rowCrews()
                .over(Launch.of(FAMILY, "layer_norm_" + x.types()), x.rows())
                .input(0)
                .input(1)
                .input(2)
                .output(0)
                .output(1)
                .output(2)
                .words(x.rows(), x.width())
                .reals(instruction.operation().epsilon())
                .words(x.rowCrews().size());
        return Optional.of(KernelChoice.of(instruction.plan(8).withMayAlias(new Alias(0, 0)), launch));
    }

    private static Optional<KernelChoice> rmsNorm(Instruction<RmsNorm> instruction) {
        if (!KernelTypes.areWide(instruction.dtype(0), instruction.output(1))) {
            return Optional.empty();
        }
        Matrix x = Matrix.of(instruction, 0, 1);
        Launch launch = x.rowCrews()
                .over(Launch.of(FAMILY, "rms_norm_" + x.types()), x.rows())
                .input(0)
                .input(1)
                .output(0)
                .output(1)
                .words(x.rows(), x.width())
                .reals(instruction.operation().epsilon())
                .words(x.rowCrews().size());
        return Optional.of(KernelChoice.of(instruction.plan(5).withMayAlias(new Alias(0, 0)), launch));
    }

    private static Optional<KernelChoice> layerNormGradient(Instruction<LayerNormGradient> instruction) {
        if (!KernelTypes.areWide(instruction.dtype(0), instruction.input(3), instruction.input(4))) {
            return Optional.empty();
        }
        return gradient(instruction, "layer_norm_gradient_", 14, 2);
    }

    private static Optional<KernelChoice> rmsNormGradient(Instruction<RmsNormGradient> instruction) {
        if (!KernelTypes.areWide(instruction.dtype(0), instruction.input(3))) {
            return Optional.empty();
        }
        return gradient(instruction, "rms_norm_gradient_", 11, 1);
    }

    /**
     * (dy, x, scale, statistics..) → dx and the gradients of the parameters.
     *
     * @param parameters 2 with a shift and a mean, 1 without
     */
    private static Optional<KernelChoice> gradient(
            Instruction<?> instruction, String name, double flops, int parameters) {
        Matrix x = Matrix.of(instruction, 1, 2);
        List<Step> steps = new ArrayList<>();
        long partials = x.kept() ? kept(x, name, parameters, steps) : apart(x, name, parameters, steps);
        steps.add(finish(x, parameters, partials));
        long workspace = parameters * partials * x.width() * x.dtype().wide().bytes();
        KernelPlan plan = instruction.plan(flops);
        KernelPlan whole =
                new KernelPlan(workspace, plan.mayAlias(), plan.flops(), plan.bytes() + traffic(x, workspace));
        return Optional.of(new KernelChoice(whole.withMayAlias(new Alias(0, 0), new Alias(0, 1)), steps));
    }

    /** Beyond every operand once: the partial sums twice, and dy and x once more where rows are too wide to keep. */
    private static double traffic(Matrix x, long workspace) {
        return 2.0 * workspace
                + (x.kept() ? 0 : 2.0 * x.rows() * x.width() * x.dtype().bytes());
    }

    /** One launch for rows and sums; the number of partial rows. */
    private static long kept(Matrix x, String name, int parameters, List<Step> steps) {
        Launch launch = x.overKept(Launch.of(FAMILY, name + x.types()))
                .input(0)
                .input(1)
                .input(2);
        steps.add(statistics(launch, parameters)
                .output(0)
                .workspace(0)
                .words(x.rows(), x.width(), x.perBlock(), x.keptCrews().size()));
        return x.partials();
    }

    /** First the sums over rows, then the rows, because dx may lie on dy or x; the number of partial rows. */
    private static long apart(Matrix x, String name, int parameters, List<Step> steps) {
        long perBlock = Math.max(1, Math.ceilDiv(x.rows(), MOST_PARTIALS));
        long partials = Math.ceilDiv(x.rows(), perBlock);
        Launch columns = Launch.of(FAMILY, name + "columns", x.dtype())
                .block(COLUMN_THREADS)
                .grid(Math.ceilDiv(x.width(), COLUMN_THREADS), partials, 1)
                .input(0)
                .input(1);
        steps.add(statistics(columns, parameters).workspace(0).words(x.rows(), x.width(), perBlock));
        Launch rows = x.rowCrews()
                .over(Launch.of(FAMILY, name + "rows_" + x.types()), x.rows())
                .input(0)
                .input(1)
                .input(2);
        steps.add(statistics(rows, parameters)
                .output(0)
                .words(x.rows(), x.width(), x.rowCrews().size()));
        return partials;
    }

    /** The mean, where there is one, and the factor. */
    static Launch statistics(Launch launch, int parameters) {
        return parameters == 2 ? launch.input(3).input(4) : launch.input(3);
    }

    /** Adds up partial rows: the gradients of the parameters are outputs 1 and, of two, 2. */
    static Launch finish(Matrix x, int parameters, long partials) {
        Launch launch = Launch.of(FAMILY, "norm_gradient_finish", x.parameters())
                .block(FINISH_THREADS)
                .grid(Math.ceilDiv(x.width(), FINISH_COLUMNS), parameters, 1)
                .workspace(0)
                .output(1);
        return (parameters == 2 ? launch.output(2) : launch.nothing()).words(partials, x.width());
    }

    /**
     * The values that are normed.
     *
     * @param parameters type of scale and shift
     */
    record Matrix(DType dtype, DType parameters, long rows, long width) {
        private static final int ROW_VECTORS = 4;
        private static final int MOST_ROW_THREADS = 1024;
        private static final int MOST_KEPT_THREADS = 512;

        /** @param values which input holds them, and {@code scale} which the scale */
        static Matrix of(Instruction<?> instruction, int values, int scale) {
            var shape = instruction.shape(values);
            return new Matrix(
                    instruction.dtype(values),
                    instruction.dtype(scale),
                    shape.elements(0, shape.rank() - 1),
                    shape.dim(-1));
        }

        String types() {
            return KernelTypes.of(dtype, parameters);
        }

        Crews rowCrews() {
            return Crews.of(dtype, width, ROW_VECTORS, MOST_ROW_THREADS);
        }

        /** {@code Kept<T>} of norm.cu: 16 columns a thread, of 8 bytes 8. */
        private int keptVectors() {
            return dtype.bytes() == 2 ? 2 : 4;
        }

        Crews keptCrews() {
            return Crews.of(dtype, width, keptVectors(), MOST_KEPT_THREADS);
        }

        /** Rows of a block that keeps them, and sums over them. */
        long perBlock() {
            long blocks = Math.min(MOST_PARTIALS, Math.ceilDiv(rows, keptCrews().perBlock()));
            return blocks == 0 ? 0 : Math.ceilDiv(rows, blocks);
        }

        /** Rows of partial sums that such blocks write. */
        long partials() {
            return perBlock() == 0 ? 0 : Math.ceilDiv(rows, perBlock());
        }

        /** A launch with a crew for each row that is kept. */
        Launch overKept(Launch launch) {
            Crews crews = keptCrews();
            int shared = crews.perBlock() == 1 ? 0 : (int) width * dtype.wide().bytes();
            return launch.block(crews.threads()).grid(partials()).shared(shared);
        }

        /** True if a crew keeps a row of dy and x and the sums of its columns. */
        boolean kept() {
            return width <= (long) MOST_KEPT_THREADS * keptVectors() * (16 / dtype.bytes());
        }
    }
}
