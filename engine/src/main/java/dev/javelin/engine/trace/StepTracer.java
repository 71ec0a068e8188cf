package dev.javelin.engine.trace;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Log;
import dev.javelin.api.operation.Print;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Slot;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The step as a training module sees it while it is traced. */
public final class StepTracer implements Step {
    /** Name of the field that holds 1 for rows of data and 0 for padding. */
    public static final String ROW_WEIGHTS = "rowWeights";

    private static final char SCOPE = '/';

    private final ProgramBuilder builder;
    private final Signature signature;
    private final TensorType weights;
    private final String scope;
    private final Set<String> logged = new HashSet<>();

    /**
     * @param scope name of the program that the fields are for; empty for those that all training programs share
     */
    StepTracer(ProgramBuilder builder, Signature signature, TensorType weights, String scope) {
        this.scope = scope;
        this.builder = builder;
        this.signature = signature;
        this.weights = weights;
    }

    private static String slotName(String scope, String field) {
        return scope.isEmpty() ? field : scope + SCOPE + field;
    }

    /** The field of a batch that a program reads from a slot. */
    public static String field(Slot slot, String program) {
        String prefix = program + SCOPE;
        return slot.name().startsWith(prefix) ? slot.name().substring(prefix.length()) : slot.name();
    }

    @Override
    public Tensor input(String name) {
        TensorType type = signature.fields().get(name);
        if (type == null) {
            throw new JavelinException(
                    "JVL-API-0008",
                    "the module asks for the field '" + name + "', the data has "
                            + signature.fields().keySet(),
                    "use data with that field, or ask for one that is there");
        }
        Tensor field = builder.input(new Slot(Slot.Kind.BATCH, slotName(scope, name), type));
        return type.dtype().floating() ? field.cast(weights.dtype()) : field;
    }

    @Override
    public Tensor rowWeights() {
        return builder.input(new Slot(Slot.Kind.BATCH, slotName(scope, ROW_WEIGHTS), weights));
    }

    @Override
    public boolean training() {
        return builder.training();
    }

    @Override
    public void log(String name, Tensor scalar) {
        if (!logged.add(name)) {
            throw new JavelinException(
                    "JVL-API-0024", "the step logs two scalars as '" + name + "'", "give each its own name");
        }
        builder.emit(new Log(name), List.of(scalar));
    }

    @Override
    public void print(String label, Tensor tensor) {
        builder.emit(new Print(label), List.of(tensor));
    }
}
