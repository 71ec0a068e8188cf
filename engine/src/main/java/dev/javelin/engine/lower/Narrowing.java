package dev.javelin.engine.lower;

import dev.javelin.api.DType;
import dev.javelin.api.Tensor;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Concat;
import dev.javelin.api.operation.Permute;
import dev.javelin.api.operation.Reshape;
import dev.javelin.api.operation.Slice;
import dev.javelin.api.operation.StopGradient;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Knows which values of a traced program are parameters, whole or rearranged: what is converted of them can be read from
 * parameters that were converted before.
 */
final class Narrowing {
    private final Map<Value, String> parameters = new HashMap<>();
    private final Map<Value, Instruction> moves = new HashMap<>();

    void parameter(Value value, String path) {
        parameters.put(value, path);
    }

    void instruction(Instruction instruction) {
        boolean moves = switch (instruction.operation()) {
            case Concat concat -> true;
            case Reshape reshape -> true;
            case Permute permute -> true;
            case Slice slice -> true;
            case StopGradient stop -> true;
            default -> false;
        };
        if (moves && instruction.inputs().stream().allMatch(this::known)) {
            this.moves.put(instruction.outputs().getFirst(), instruction);
        }
    }

    boolean known(Value value) {
        return parameters.containsKey(value) || moves.containsKey(value);
    }

    /** The parameters that a known value consists of. */
    Stream<String> paths(Value value) {
        String path = parameters.get(value);
        return path != null
                ? Stream.of(path)
                : Objects.requireNonNull(moves.get(value)).inputs().stream().flatMap(this::paths);
    }

    /** A known value made of other readings of its parameters. */
    Tensor read(Value value, ProgramBuilder builder, Function<String, Tensor> parameter) {
        String path = parameters.get(value);
        if (path != null) {
            return parameter.apply(path);
        }
        Instruction move = Objects.requireNonNull(moves.get(value));
        List<Tensor> parts = move.inputs().stream()
                .map(input -> read(input, builder, parameter))
                .toList();
        return builder.emit(move.operation(), parts, move.site()).getFirst();
    }

    /** Paths of the parameters that programs read by conversion to a type. */
    static Set<String> converted(List<Program> programs, DType type) {
        return programs.stream()
                .flatMap(program -> {
                    Narrowing narrowing = new Narrowing();
                    program.inputs().stream()
                            .filter(input -> input.slot().kind() == Slot.Kind.PARAMETER)
                            .forEach(input -> narrowing.parameter(
                                    input.value(), input.slot().name()));
                    program.instructions().forEach(narrowing::instruction);
                    return program.instructions().stream()
                            .filter(instruction -> instruction.operation() instanceof Cast cast
                                    && cast.dtype() == type
                                    && narrowing.known(instruction.inputs().getFirst()))
                            .flatMap(instruction ->
                                    narrowing.paths(instruction.inputs().getFirst()));
                })
                .collect(Collectors.toSet());
    }
}
