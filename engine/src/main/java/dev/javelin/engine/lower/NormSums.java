package dev.javelin.engine.lower;

import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A layer norm or RMS norm with the addition before it, and with the conversion to 16 bits behind it. Of the addition, the
 * joined instruction stands where the norm stood, so nobody may have read the sum before; of the conversion too, and there
 * only the conversion may have read the norm. A summand that was only converted from 16 bits is read as it was before.
 */
final class NormSums implements Fusion.Pattern {
    @Override
    public boolean join(Instruction last, Fused fused) {
        if (last.operation() instanceof LayerNorm || last.operation() instanceof RmsNorm) {
            return joinSum(last, fused);
        }
        return last.operation() instanceof Cast cast && cast.dtype().half() && joinCast(last, fused);
    }

    private static boolean joinSum(Instruction norm, Fused fused) {
        Value sum = norm.inputs().getFirst();
        Optional<Instruction> add = fused.producer(sum)
                .filter(first -> first.operation() instanceof Binary binary && binary.kind() == Binary.Kind.ADD);
        if (add.isEmpty() || add.get().inputs().get(0).equals(add.get().inputs().get(1))) {
            return false;
        }
        Value first = add.get().inputs().get(0);
        Value second = add.get().inputs().get(1);
        return joinWidened(norm, first, second, fused)
                || joinWidened(norm, second, first, fused)
                || accept(norm, List.of(first, second), List.of(sum), fused)
                || accept(norm, List.of(second, first), List.of(sum), fused);
    }

    private static boolean joinWidened(Instruction norm, Value x, Value residual, Fused fused) {
        Optional<Instruction> cast = fused.only(residual).filter(ProductSums::widens);
        Value sum = norm.inputs().getFirst();
        return cast.isPresent()
                && accept(norm, List.of(x, cast.get().inputs().getFirst()), List.of(residual, sum), fused);
    }

    /**
     * @param summands x and the residual
     * @param replaced values whose instructions are no more, the first written first
     */
    private static boolean accept(Instruction norm, List<Value> summands, List<Value> replaced, Fused fused) {
        List<Value> inputs = new ArrayList<>(norm.inputs());
        inputs.set(0, summands.get(0));
        inputs.add(summands.get(1));
        List<Value> outputs = new ArrayList<>(norm.outputs());
        outputs.addFirst(replaced.getLast());
        Instruction joined = new Instruction(of(norm).withResidual(), inputs, outputs, norm.site());
        if (!fused.taken(joined) || !fused.waits(replaced)) {
            return false;
        }
        replaced.forEach(fused::remove);
        fused.append(joined);
        return true;
    }

    private static boolean joinCast(Instruction cast, Fused fused) {
        Value y = cast.inputs().getFirst();
        Optional<Instruction> norm = fused.only(y).filter(NormSums::isNorm);
        if (norm.isEmpty()) {
            return false;
        }
        FusedNorm operation = of(norm.get());
        List<Value> outputs = new ArrayList<>(norm.get().outputs());
        if (!outputs.get(operation.output()).equals(y)) {
            return false;
        }
        Value converted = cast.outputs().getFirst();
        outputs.set(operation.output(), converted);
        Instruction joined = new Instruction(
                operation.withNormed(converted.type().dtype()),
                norm.get().inputs(),
                outputs,
                norm.get().site());
        if (!fused.taken(joined)) {
            return false;
        }
        fused.replace(y, joined);
        return true;
    }

    private static boolean isNorm(Instruction instruction) {
        return instruction.operation() instanceof LayerNorm
                || instruction.operation() instanceof RmsNorm
                || instruction.operation() instanceof FusedNorm;
    }

    private static FusedNorm of(Instruction norm) {
        return switch (norm.operation()) {
            case LayerNorm layer ->
                FusedNorm.of(layer, norm.inputTypes().getFirst().dtype());
            case RmsNorm rms -> FusedNorm.of(rms, norm.inputTypes().getFirst().dtype());
            default -> (FusedNorm) norm.operation();
        };
    }
}
