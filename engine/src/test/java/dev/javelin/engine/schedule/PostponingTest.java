package dev.javelin.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.Reshape;
import dev.javelin.api.operation.Unary;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Site;
import dev.javelin.engine.program.Site.Phase;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Storage;
import dev.javelin.engine.program.Value;
import dev.javelin.spi.collective.AllReduce;
import dev.javelin.spi.collective.Group;
import dev.javelin.spi.strategy.Mesh;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a unit does with the result of its collective comes behind the next unit's; nothing else changes places. */
class PostponingTest {
    private static final AllReduce SUM = new AllReduce(Group.of(Mesh.data(2), Set.of("data")));
    private static final Operation TANH = new Unary(Unary.Kind.TANH);

    private final ProgramBuilder builder = new ProgramBuilder(
            new ModelPaths(Sketch.of((self, step) -> Sketch.total(step.rowWeights())), DType.FLOAT32), true);

    private Tensor emit(Phase phase, String unit, Operation operation, Tensor... inputs) {
        return builder.emit(operation, List.of(inputs), new Site(phase, unit, ""))
                .getFirst();
    }

    private Tensor input(String name) {
        return builder.input(new Slot(Slot.Kind.BATCH, name, TensorType.of(DType.FLOAT32, 4)));
    }

    private static List<String> names(Program program) {
        return program.instructions().stream()
                .map(instruction -> instruction.operation().name() + " "
                        + instruction.site().layer())
                .toList();
    }

    @Test
    void whatFollowsACollectiveComesBehindTheNextUnits() {
        Tensor gradient = input("x");
        for (String unit : List.of("a", "b", "c")) {
            gradient = emit(Phase.BACKWARD, "layer " + unit, TANH, gradient);
            Tensor sent = emit(Phase.REDUCE, unit, TANH, gradient);
            Tensor first = emit(Phase.REDUCE, unit, SUM, sent);
            Tensor second = emit(Phase.REDUCE, unit, SUM, emit(Phase.REDUCE, unit, TANH, first));
            builder.output(emit(Phase.REDUCE, unit, TANH, second), new Slot(Slot.Kind.METRIC, unit, gradient.type()));
        }
        assertEquals(
                List.of(
                        "tanh layer a",
                        "tanh a",
                        "all_reduce a",
                        "tanh layer b",
                        "tanh b",
                        "all_reduce b",
                        "tanh a",
                        "all_reduce a",
                        "tanh layer c",
                        "tanh c",
                        "all_reduce c",
                        "tanh a",
                        "tanh b",
                        "all_reduce b",
                        "tanh b",
                        "tanh c",
                        "all_reduce c",
                        "tanh c"),
                names(Postponing.postpone(builder.build("units"))));
    }

    @Test
    void aScalarThatAllUnitsNeedIsAwaitedAtOnce() {
        Tensor weight = emit(Phase.REDUCE, "", SUM, emit(Phase.FORWARD, "", TANH, input("w")));
        Tensor gradient = input("x");
        for (String unit : List.of("a", "b")) {
            Tensor scaled = emit(Phase.REDUCE, unit, TANH, gradient.multiply(weight));
            emit(Phase.REDUCE, unit, SUM, scaled);
        }
        Program program = builder.build("weight");
        assertEquals(names(program), names(Postponing.postpone(program)));
    }

    @Test
    void anUpdateThatNeedsTheResultComesBehindIt() {
        Tensor sum = emit(Phase.REDUCE, "a", SUM, emit(Phase.BACKWARD, "", TANH, input("x")));
        Tensor back = emit(Phase.REDUCE, "a", TANH, sum);
        emit(Phase.UPDATE, "", TANH, input("y"));
        emit(Phase.UPDATE, "", TANH, back);
        emit(Phase.UPDATE, "", TANH, input("z"));
        Program program = builder.build("update");
        assertEquals(
                List.of("tanh ", "all_reduce a", "tanh ", "tanh a", "tanh ", "tanh "),
                names(Postponing.postpone(program)));
    }

    /** Any two instructions that touch one memory, one of them writing, keep their order. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void noInstructionPassesAnotherOnTheSameMemory(long seed) {
        Random random = new Random(seed);
        List<Tensor> values = new ArrayList<>(List.of(input("x"), input("y"), input("z")));
        for (int i = 0; i < 120; i++) {
            boolean unit = random.nextInt(3) > 0;
            Phase phase = unit ? Phase.REDUCE : Phase.values()[random.nextInt(4)];
            String name = unit ? "unit" + random.nextInt(3) : "";
            Tensor one = values.get(random.nextInt(values.size()));
            int kind = random.nextInt(6);
            if (kind == 0) { // in place; the old value is gone
                values.remove(one);
                values.add(emit(phase, name, SUM, one));
            } else if (kind == 1 && values.size() > 1) {
                values.remove(one);
                Tensor other = values.get(random.nextInt(values.size()));
                values.add(emit(phase, name, new Accumulate(), one, other));
            } else if (kind == 2) {
                Tensor square = emit(phase, name, new Reshape(dev.javelin.api.Shape.of(2, 2)), one);
                values.add(emit(phase, name, new Reshape(dev.javelin.api.Shape.of(4)), square));
            } else {
                values.add(emit(phase, name, TANH, one));
            }
            while (values.size() > 8) {
                values.removeFirst();
            }
        }
        Program program = builder.build("random");
        Program moved = Postponing.postpone(program);
        assertEquals(new HashSet<>(program.instructions()), new HashSet<>(moved.instructions()));
        assertEquals(program.instructions().size(), moved.instructions().size());
        Storage storage = new Storage(program);
        List<Instruction> before = program.instructions();
        for (int i = 0; i < before.size(); i++) {
            for (int j = i + 1; j < before.size(); j++) {
                if (touch(storage, before.get(i), before.get(j))) {
                    int at = moved.instructions().indexOf(before.get(i));
                    assertTrue(
                            at < moved.instructions().indexOf(before.get(j)),
                            before.get(i) + " came behind " + before.get(j) + ", seed " + seed);
                }
            }
        }
    }

    private static boolean touch(Storage storage, Instruction first, Instruction second) {
        if (second.view().isPresent() || first.view().isPresent()) {
            return first.outputs().stream().anyMatch(second.inputs()::contains);
        }
        return meet(written(storage, first), written(storage, second))
                || meet(written(storage, first), memory(storage, second.inputs()))
                || meet(memory(storage, first.inputs()), written(storage, second));
    }

    private static Set<Object> written(Storage storage, Instruction instruction) {
        return memory(storage, instruction.outputs());
    }

    private static Set<Object> memory(Storage storage, List<Value> values) {
        return values.stream().map(storage::of).collect(Collectors.toSet());
    }

    private static boolean meet(Set<Object> some, Set<Object> others) {
        return some.stream().anyMatch(others::contains);
    }
}
