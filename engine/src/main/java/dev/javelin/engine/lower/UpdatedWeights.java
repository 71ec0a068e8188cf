package dev.javelin.engine.lower;

import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Cast;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An update with the weights that were to be its param, converted to the type of products and assigned under the same
 * predicate: it writes them beside the param, if the accelerator has a kernel for that.
 */
final class UpdatedWeights implements Fusion.Pattern {
    @Override
    public boolean join(Instruction last, Fused fused) {
        if (!(last.operation() instanceof Assign)) {
            return false;
        }
        Value weights = last.inputs().getFirst();
        Value converted = last.inputs().get(1);
        Optional<Instruction> cast = fused.only(converted).filter(first -> first.operation() instanceof Cast);
        Optional<Instruction> update = cast.flatMap(
                first -> fused.producer(first.inputs().getFirst()).filter(before -> updates(before, first, last)));
        if (update.isEmpty() || fused.index(weights) >= 0) {
            return false;
        }
        Instruction joined = joined(update.get(), weights, last);
        if (joined.inputTypes().getFirst().dtype().half()
                || fused.planner()
                        .plan(joined.operation(), joined.inputTypes(), joined.outputTypes())
                        .isEmpty()) {
            return false;
        }
        fused.remove(converted);
        fused.replace(update.get().outputs().getFirst(), joined);
        return true;
    }

    private static boolean updates(Instruction update, Instruction cast, Instruction assign) {
        return update.operation() instanceof AdamW
                && update.inputs().size() == 9
                && update.outputs().getFirst().equals(cast.inputs().getFirst())
                && update.inputs().get(8).equals(assign.inputs().get(2));
    }

    private static Instruction joined(Instruction update, Value weights, Instruction assign) {
        List<Value> inputs = new ArrayList<>(update.inputs());
        inputs.add(weights);
        List<Value> written = new ArrayList<>(update.outputs());
        written.add(assign.outputs().getFirst());
        return new Instruction(update.operation(), inputs, written, update.site());
    }
}
