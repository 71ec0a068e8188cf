package dev.javelin.accelerator.cuda.dispatch;

import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.accelerator.cuda.kernel.Step;
import dev.javelin.api.DType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.IsFinite;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.spi.kernel.Instruction;
import dev.javelin.spi.kernel.KernelTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** State that is updated in place, and the predicate that guards it: the family {@code states}. */
final class States {
    private static final String FAMILY = "states";
    /** Scalars of one launch of {@code is_finite}. */
    private static final int SCALARS = 8;

    private static final int WARP = 32;

    private States() {}

    static KernelTable<KernelChoice> kernels() {
        return KernelTable.<KernelChoice>empty()
                .with(Accumulate.class, States::accumulate)
                .with(MovingAverage.class, States::movingAverage)
                .with(IsFinite.class, States::isFinite)
                .with(AdamW.class, States::adamW);
    }

    private static Optional<KernelChoice> accumulate(Instruction<Accumulate> instruction) {
        DType sum = instruction.dtype(0);
        DType value = instruction.dtype(1);
        if (sum != value && !(sum == DType.FLOAT32 && value.half())) {
            return Optional.empty();
        }
        String entry = "accumulate_" + Launch.suffix(sum) + (sum == value ? "" : "_" + Launch.suffix(value));
        long elements = instruction.output(0).elements();
        Launch launch = Loops.each(Launch.of(FAMILY, entry), elements, sum, value)
                .output(0)
                .input(1)
                .words(elements);
        return Optional.of(KernelChoice.of(instruction.plan(1), launch));
    }

    private static Optional<KernelChoice> movingAverage(Instruction<MovingAverage> instruction) {
        DType dtype = instruction.dtype(0);
        long elements = instruction.output(0).elements();
        Launch launch = Loops.each(Launch.of(FAMILY, "moving_average", dtype), elements, dtype)
                .output(0)
                .input(1)
                .input(2)
                .input(3)
                .words(elements);
        return Optional.of(KernelChoice.of(instruction.plan(3), launch));
    }

    private static Optional<KernelChoice> isFinite(Instruction<IsFinite> instruction) {
        List<Step> launches = new ArrayList<>();
        int count = instruction.inputs().size();
        for (int from = 0; from < Math.max(count, 1); from += SCALARS) {
            launches.add(isFinite(instruction, from, Math.min(count, from + SCALARS)));
        }
        return Optional.of(new KernelChoice(instruction.plan(count), launches));
    }

    /** Some of the scalars, together with what was found before. */
    private static Launch isFinite(Instruction<IsFinite> instruction, int from, int to) {
        Launch launch = Launch.of(FAMILY, "is_finite").grid(1).block(WARP);
        long[] kinds = new long[1 + SCALARS];
        kinds[0] = to - from;
        for (int i = 0; i < SCALARS; i++) {
            if (from + i < to) {
                launch = launch.input(from + i);
                kinds[1 + i] = kind(instruction.dtype(from + i));
            } else {
                launch = launch.nothing();
            }
        }
        return launch.output(0).words(from == 0 ? 0 : 1).struct(kinds);
    }

    private static int kind(DType dtype) {
        return switch (dtype) {
            case FLOAT64 -> 0;
            case FLOAT32 -> 1;
            case BFLOAT16 -> 2;
            default -> 3;
        };
    }

    /** Parameters, gradients and moments of one type, or each in FLOAT32 or the one 16-bit type of the instruction. */
    private static Optional<KernelChoice> adamW(Instruction<AdamW> instruction) {
        DType param = instruction.dtype(0);
        DType gradient = instruction.dtype(1);
        DType moments = instruction.dtype(2);
        boolean weights = instruction.inputs().size() > 9;
        DType half = instruction.inputs().stream()
                .map(type -> type.dtype())
                .filter(DType::half)
                .findFirst()
                .orElse(param == DType.FLOAT64 ? param : DType.BFLOAT16);
        String entry = "adamw_" + Launch.suffix(param) + "_" + Launch.suffix(gradient) + "_" + Launch.suffix(moments)
                + "_" + Launch.suffix(half);
        long elements = instruction.input(0).elements();
        Launch launch = Loops.vectors(Launch.of(FAMILY, entry), elements, Loops.width(param, gradient, moments))
                .output(0)
                .input(1)
                .output(1)
                .output(2);
        launch = (weights ? launch.output(3) : launch.nothing())
                .input(4)
                .input(5)
                .input(6)
                .input(7)
                .input(8)
                .words(elements)
                .struct(constants(instruction.operation()));
        return Optional.of(KernelChoice.of(instruction.plan(20), launch));
    }

    private static long[] constants(AdamW operation) {
        return DoubleStream.of(
                        operation.beta1(),
                        1 - operation.beta1(),
                        operation.beta2(),
                        1 - operation.beta2(),
                        operation.epsilon(),
                        operation.weightDecay())
                .mapToLong(Double::doubleToRawLongBits)
                .toArray();
    }
}
