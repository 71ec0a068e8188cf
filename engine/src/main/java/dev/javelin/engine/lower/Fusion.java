package dev.javelin.engine.lower;

import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.spi.device.DevicePlanner;
import java.util.List;

/**
 * Joins instructions that an accelerator can run as one. Each kind of pair is a {@link Pattern} in a class of its own;
 * the program is walked once, and the first pattern that joins an instruction with those before it has it.
 */
public final class Fusion {
    private static final List<Pattern> PATTERNS = List.of(
            new ProductSums(),
            new ProductGelu(),
            new UpdatedWeights(),
            new LossWithGradient(),
            new NormSums(),
            new NormGradients());

    private Fusion() {}

    /** Two or more instructions, the last of them known, that may become one. */
    interface Pattern {
        /**
         * Joins an instruction with some that were written before it, if it follows them as this pattern wants and the
         * accelerator has a kernel for all of them together.
         *
         * @param last has not been written
         * @param fused all that was written before it; it then holds the joined instruction too
         * @return false if nothing was joined, and {@code fused} is as it was
         */
        boolean join(Instruction last, Fused fused);
    }

    /** The program with as many pairs joined as the accelerator accepts. */
    public static Program fuse(Program program, DevicePlanner planner) {
        Fused fused = new Fused(program, planner);
        for (Instruction instruction : program.instructions()) {
            if (PATTERNS.stream().noneMatch(pattern -> pattern.join(instruction, fused))) {
                fused.append(instruction);
            }
        }
        return new Program(program.name(), program.inputs(), fused.instructions(), program.outputs());
    }
}
