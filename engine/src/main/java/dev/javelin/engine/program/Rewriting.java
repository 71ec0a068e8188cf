package dev.javelin.engine.program;

import dev.javelin.api.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Copies a program into a builder, with values replaced on the way. */
public final class Rewriting {
    private final ProgramBuilder target;
    private final Map<Value, Tensor> replaced = new HashMap<>();

    public Rewriting(ProgramBuilder target) {
        this.target = target;
    }

    public ProgramBuilder target() {
        return target;
    }

    /** Lets {@code old} be read as {@code tensor} from now on. */
    public void replace(Value old, Tensor tensor) {
        replaced.put(old, tensor);
    }

    public void replace(List<Value> old, List<Tensor> tensors) {
        for (int i = 0; i < old.size(); i++) {
            replace(old.get(i), tensors.get(i));
        }
    }

    /** The new tensor for an old value, which must have been copied or replaced. */
    public Tensor tensor(Value old) {
        Tensor tensor = replaced.get(old);
        if (tensor == null) {
            throw new IllegalStateException(old + " is read before it is written");
        }
        return tensor;
    }

    public List<Tensor> tensors(List<Value> old) {
        return old.stream().map(this::tensor).toList();
    }

    /** Copies all inputs of a program. */
    public void copyInputs(Program program) {
        program.inputs().forEach(input -> replace(input.value(), target.input(input.slot())));
    }

    /** Copies one instruction. */
    public void copy(Instruction instruction) {
        replace(
                instruction.outputs(),
                target.emit(instruction.operation(), tensors(instruction.inputs()), instruction.site()));
    }

    /** Copies the outputs of a program and builds the new one under its name. */
    public Program finish(Program program) {
        program.outputs().forEach(output -> target.output(tensor(output.value()), output.slot()));
        return target.build(program.name());
    }
}
