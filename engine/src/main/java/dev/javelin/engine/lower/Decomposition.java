package dev.javelin.engine.lower;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Rewriting;
import dev.javelin.spi.collective.Collective;
import dev.javelin.spi.device.DevicePlanner;
import java.util.List;

/**
 * Replaces what the accelerator declines by simpler instructions, until it accepts them all: on 16-bit numbers by the same
 * instruction between conversions, and what is declined in 32 bits by its decomposition.
 */
public final class Decomposition {
    private final ModelPaths paths;
    private final DevicePlanner planner;

    public Decomposition(ModelPaths paths, DevicePlanner planner) {
        this.paths = paths;
        this.planner = planner;
    }

    /**
     * The program in operations that the accelerator has kernels for.
     *
     * @throws JavelinException {@code JVL-ENG-0002} if it declines a primitive
     */
    public Program decompose(Program program) {
        Program current = program;
        while (current.instructions().stream().anyMatch(this::declined)) {
            current = Pruning.prune(once(current));
        }
        return current;
    }

    private Program once(Program program) {
        Rewriting copy = new Rewriting(new ProgramBuilder(paths, false));
        copy.copyInputs(program);
        for (Instruction instruction : program.instructions()) {
            if (declined(instruction)) {
                copy.replace(instruction.outputs(), simpler(instruction, copy));
            } else {
                copy.copy(instruction);
            }
        }
        return copy.finish(program);
    }

    private List<Tensor> simpler(Instruction instruction, Rewriting copy) {
        Operation operation = instruction.operation();
        ProgramBuilder builder = copy.target();
        if (Widening.applies(instruction)) {
            return builder.at(
                    instruction.site(), () -> Widening.widen(instruction, copy.tensors(instruction.inputs()), builder));
        }
        return builder.at(
                instruction.site(),
                () -> operation
                        .decompose(copy.tensors(instruction.inputs()))
                        .orElseThrow(() -> new JavelinException(
                                "JVL-ENG-0002",
                                "accelerator " + planner.name() + " has no kernel for the primitive " + operation
                                        + " on " + instruction.inputTypes() + " (" + instruction.site() + ")",
                                "use another precision or accelerator; a vendor must provide every primitive")));
    }

    private boolean declined(Instruction instruction) {
        return instruction.view().isEmpty()
                && !instruction.operation().effect()
                && !(instruction.operation() instanceof Collective)
                && planner.plan(instruction.operation(), instruction.inputTypes(), instruction.outputTypes())
                        .isEmpty();
    }
}
