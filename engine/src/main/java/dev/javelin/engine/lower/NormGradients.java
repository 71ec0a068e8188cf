package dev.javelin.engine.lower;

import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The gradient of a norm with the conversion from 16 bits before it, the addition of the gradient that passes by on the
 * residual, and the conversion to 16 bits for the products that read it. The joined instruction stands where the norm's
 * gradient stood: what is added was computed before, and only the addition may read the norm's share.
 */
final class NormGradients implements Fusion.Pattern {
    @Override
    public boolean join(Instruction last, Fused fused) {
        return switch (last.operation()) {
            case LayerNormGradient ignored -> joinIncoming(last, fused);
            case RmsNormGradient ignored -> joinIncoming(last, fused);
            case Binary binary
            when binary.kind() == Binary.Kind.ADD -> joinAdd(last, 0, fused) || joinAdd(last, 1, fused);
            case Cast cast when cast.dtype().half() -> joinCopy(last, fused);
            default -> false;
        };
    }

    private static boolean joinIncoming(Instruction gradient, Fused fused) {
        Value dy = gradient.inputs().getFirst();
        Optional<Instruction> cast = fused.only(dy).filter(ProductSums::widens);
        if (cast.isEmpty()) {
            return false;
        }
        List<Value> inputs = new ArrayList<>(gradient.inputs());
        inputs.set(0, cast.get().inputs().getFirst());
        Instruction joined = new Instruction(of(gradient), inputs, gradient.outputs(), gradient.site());
        if (!fused.taken(joined) || !fused.waits(List.of(dy))) {
            return false;
        }
        fused.remove(dy);
        fused.append(joined);
        return true;
    }

    /** @param side which summand is the norm's share */
    private static boolean joinAdd(Instruction add, int side, Fused fused) {
        Value own = add.inputs().get(side);
        Value passing = add.inputs().get(1 - side);
        Optional<Instruction> gradient = fused.only(own).filter(first -> isGradient(first, own));
        if (gradient.isEmpty()
                || of(gradient.get()).residual()
                || !passing.type().equals(own.type())
                || fused.index(passing) >= fused.index(own)) {
            return false;
        }
        List<Value> inputs = new ArrayList<>(gradient.get().inputs());
        inputs.add(passing);
        List<Value> outputs = new ArrayList<>(gradient.get().outputs());
        outputs.set(0, add.outputs().getFirst());
        return accept(gradient.get(), of(gradient.get()).withResidual(), inputs, outputs, fused);
    }

    private static boolean joinCopy(Instruction cast, Fused fused) {
        Value dx = cast.inputs().getFirst();
        Optional<Instruction> gradient = fused.producer(dx).filter(first -> isGradient(first, dx));
        if (gradient.isEmpty() || of(gradient.get()).copy().isPresent()) {
            return false;
        }
        Value copy = cast.outputs().getFirst();
        List<Value> outputs = new ArrayList<>(gradient.get().outputs());
        outputs.add(copy);
        FusedNormGradient copied = of(gradient.get()).withCopy(copy.type().dtype());
        return accept(gradient.get(), copied, gradient.get().inputs(), outputs, fused);
    }

    private static boolean accept(
            Instruction gradient, FusedNormGradient operation, List<Value> inputs, List<Value> outputs, Fused fused) {
        Instruction joined = new Instruction(operation, inputs, outputs, gradient.site());
        if (!fused.taken(joined)) {
            return false;
        }
        fused.replace(gradient.outputs().getFirst(), joined);
        return true;
    }

    /** True if an instruction is the gradient of a norm, and a value what flows on to x. */
    private static boolean isGradient(Instruction instruction, Value dx) {
        boolean gradient = instruction.operation() instanceof LayerNormGradient
                || instruction.operation() instanceof RmsNormGradient
                || instruction.operation() instanceof FusedNormGradient;
        return gradient && instruction.outputs().getFirst().equals(dx);
    }

    private static FusedNormGradient of(Instruction gradient) {
        return gradient.operation() instanceof FusedNormGradient joined
                ? joined
                : FusedNormGradient.of(gradient.operation() instanceof LayerNormGradient);
    }
}
