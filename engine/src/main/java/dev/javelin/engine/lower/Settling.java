package dev.javelin.engine.lower;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Tensor;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.BroadcastTo;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Rewriting;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Storage;
import dev.javelin.engine.program.Value;
import dev.javelin.spi.collective.AllReduce;
import java.util.HashSet;
import java.util.Set;

/**
 * Sees to it that every output can be computed straight into its slot: an output that is an input, a view, an update in
 * place or bound to two slots is copied at the end.
 */
public final class Settling {
    private Settling() {}

    public static Program settle(Program program, ModelPaths paths) {
        Set<Value> fresh = fresh(program);
        Storage storage = new Storage(program);
        Set<Value> summed = summed(program);
        Rewriting copy = new Rewriting(new ProgramBuilder(paths, false));
        copy.copyInputs(program);
        program.instructions().forEach(copy::copy);
        for (Program.Output output : program.outputs()) {
            Tensor value = copy.tensor(output.value());
            Value first = summed.contains(output.value()) ? storage.origin(output.value()) : output.value();
            copy.target().output(fresh.remove(first) ? value : copied(value, output.slot()), output.slot());
        }
        return copy.target().build(program.name());
    }

    private static Tensor copied(Tensor value, Slot slot) {
        if (!value.dtype().floating()) {
            throw new JavelinException(
                    "JVL-ENG-0003",
                    "the result " + slot + " of type " + value.type() + " is not computed by an instruction of its own",
                    "return a computed or a floating tensor");
        }
        return value.dtype().half()
                ? value.graph().emit(new BroadcastTo(value.shape()), value)
                : value.graph().emit(new Affine(1, 0), value);
    }

    /** What collectives have summed in place: it lies where its first value was computed. */
    private static Set<Value> summed(Program program) {
        Set<Value> summed = new HashSet<>();
        for (Instruction instruction : program.instructions()) {
            if (instruction.operation() instanceof AllReduce) {
                summed.add(instruction.outputs().getFirst());
            }
        }
        return summed;
    }

    private static Set<Value> fresh(Program program) {
        Set<Value> fresh = new HashSet<>();
        for (Instruction instruction : program.instructions()) {
            for (int i = 0; i < instruction.outputs().size(); i++) {
                if (instruction.view().isEmpty()
                        && instruction.operation().overwrites(i).isEmpty()) {
                    fresh.add(instruction.outputs().get(i));
                }
            }
        }
        return fresh;
    }
}
