package dev.javelin.engine.lower;

import dev.javelin.api.DType;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Affine;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Site;
import dev.javelin.engine.program.Slot;
import dev.javelin.spi.collective.AllReduce;
import dev.javelin.spi.collective.Group;

/** The program by which ranks agree between steps: each votes, all learn how many were for it. */
public final class Votes {
    /** Its name. */
    public static final String PROGRAM = "vote";

    private static final DType DTYPE = DType.FLOAT32;

    /** Number of questions that are voted on at once. */
    public static final int QUESTIONS = 2;

    /** By question: 1 if this rank is for it, 0 if not. */
    public static final Slot VOTE = new Slot(Slot.Kind.SCALAR, "vote", TensorType.of(DTYPE, QUESTIONS));

    /** By question: how many ranks are. */
    public static final Slot COUNT = new Slot(Slot.Kind.METRIC, "votes", TensorType.of(DTYPE, QUESTIONS));

    private Votes() {}

    public static Program of(ModelPaths paths, Group ranks) {
        ProgramBuilder builder = new ProgramBuilder(paths, false);
        builder.enter(Site.Phase.REDUCE);
        Tensor own = builder.emit(new Affine(1, 0), builder.input(VOTE));
        builder.output(builder.emit(new AllReduce(ranks), own), COUNT);
        return builder.build(PROGRAM);
    }
}
