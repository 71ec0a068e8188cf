package dev.javelin.engine.lower;

import dev.javelin.api.DType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.Gelu;
import dev.javelin.api.operation.MatMul;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.Value;
import dev.javelin.spi.device.DevicePlanner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Joins a matrix product with the bias, GELU, residual or accumulation that follows it, where the accelerator has a
 * kernel for the pair. A joined instruction stands where its second half stood, except that of GELU, which stands where
 * the product stood, because the pre-activation may be read in between. An update writes the weights in the type of
 * products beside its param, if the accelerator has a kernel for that. A product in 16 bits that is widened and added to
 * FLOAT32 is not rounded in between.
 */
public final class Fusion {
    private final DevicePlanner planner;
    private final Program program;
    private final Map<Value, Integer> readers = new HashMap<>();
    private final Set<Value> outputs = new HashSet<>();
    private final Map<Value, Integer> producers = new HashMap<>();
    private final List<Optional<Instruction>> result = new ArrayList<>();

    private Fusion(Program program, DevicePlanner planner) {
        this.program = program;
        this.planner = planner;
        program.outputs().forEach(output -> outputs.add(output.value()));
        program.instructions()
                .forEach(instruction -> instruction.inputs().forEach(input -> readers.merge(input, 1, Integer::sum)));
    }

    /** The program with as many pairs joined as the accelerator accepts. */
    public static Program fuse(Program program, DevicePlanner planner) {
        Fusion fusion = new Fusion(program, planner);
        program.instructions().forEach(fusion::add);
        return new Program(
                program.name(),
                program.inputs(),
                fusion.result.stream().flatMap(Optional::stream).toList(),
                program.outputs());
    }

    private void add(Instruction instruction) {
        if (instruction.operation() instanceof Gelu && joinGelu(instruction)
                || instruction.operation() instanceof Assign && joinWeights(instruction)) {
            return;
        }
        append(join(instruction).orElse(instruction));
    }

    private void append(Instruction instruction) {
        instruction.outputs().forEach(output -> producers.put(output, result.size()));
        result.add(Optional.of(instruction));
    }

    private Optional<Instruction> join(Instruction second) {
        if (second.operation() instanceof Binary binary && binary.kind() == Binary.Kind.ADD) {
            return joinAdd(second, 0).or(() -> joinAdd(second, 1));
        }
        if (second.operation() instanceof Accumulate) {
            return product(second.inputs().get(1))
                    .filter(this::plain)
                    .flatMap(first -> accept(
                            first,
                            fused(first).withAccumulate(),
                            second.inputs().get(0),
                            second.inputs().get(1),
                            second));
        }
        return Optional.empty();
    }

    private Optional<Instruction> joinAdd(Instruction add, int side) {
        Value other = add.inputs().get(1 - side);
        Value value = add.inputs().get(side);
        return product(value).flatMap(first -> {
            FusedMatMul fused = fused(first);
            boolean row = other.type().shape().rank() == 1
                    && other.type().shape().dim(0) == value.type().shape().dim(-1)
                    && value.type().shape().rank() > 1;
            boolean own = first.outputs().getFirst().equals(value);
            if (row && own && !fused.bias() && !fused.residual()) {
                return accept(first, fused.withBias(), other, value, add);
            }
            if (other.type().equals(value.type()) && !other.equals(value) && !fused.residual()) {
                return accept(first, fused.withResidual(), other, value, add);
            }
            return Optional.empty();
        });
    }

    /**
     * @param extra the operand of the second instruction that is no product
     * @param value the other one: the product, or its conversion
     */
    private Optional<Instruction> accept(
            Instruction first, FusedMatMul fused, Value extra, Value value, Instruction second) {
        List<Value> inputs = new ArrayList<>(first.inputs());
        inputs.add(extra);
        Instruction joined = new Instruction(fused, inputs, second.outputs(), second.site());
        if (!Widening.planned(planner, fused, joined.inputTypes(), joined.outputTypes())) {
            return Optional.empty();
        }
        result.set(index(first.outputs().getFirst()), Optional.empty());
        result.set(index(value), Optional.empty());
        return Optional.of(joined);
    }

    private boolean joinGelu(Instruction gelu) {
        Value value = gelu.inputs().getFirst();
        int at = index(value);
        Instruction first = at < 0 ? null : result.get(at).orElse(null);
        if (first == null
                || !isProduct(first)
                || fused(first).gelu()
                || fused(first).residual()
                || fused(first).accumulate()) {
            return false;
        }
        FusedMatMul fused = fused(first).withGelu();
        List<Value> both = List.of(value, gelu.outputs().getFirst());
        Instruction joined = new Instruction(fused, first.inputs(), both, first.site());
        if (!Widening.planned(planner, fused, joined.inputTypes(), joined.outputTypes())) {
            return false;
        }
        result.set(at, Optional.of(joined));
        producers.put(both.get(1), at);
        return true;
    }

    /** Lets an update write the weights that were to be its param, converted and assigned under the same predicate. */
    private boolean joinWeights(Instruction assign) {
        Value converted = assign.inputs().get(1);
        Optional<Instruction> cast = only(converted).filter(first -> first.operation() instanceof Cast);
        int at = cast.map(first -> index(first.inputs().getFirst())).orElse(-1);
        Instruction update = at < 0 ? null : result.get(at).orElse(null);
        if (update == null
                || !(update.operation() instanceof AdamW)
                || update.inputs().size() != 9
                || !update.outputs().getFirst().equals(cast.get().inputs().getFirst())
                || !update.inputs().get(8).equals(assign.inputs().get(2))
                || index(assign.inputs().getFirst()) >= 0) {
            return false;
        }
        List<Value> inputs = new ArrayList<>(update.inputs());
        inputs.add(assign.inputs().getFirst());
        List<Value> written = new ArrayList<>(update.outputs());
        written.add(assign.outputs().getFirst());
        Instruction joined = new Instruction(update.operation(), inputs, written, update.site());
        if (update.inputTypes().getFirst().dtype().half()
                || planner.plan(joined.operation(), joined.inputTypes(), joined.outputTypes())
                        .isEmpty()) {
            return false;
        }
        result.set(at, Optional.of(joined));
        result.set(index(converted), Optional.empty());
        producers.put(assign.outputs().getFirst(), at);
        return true;
    }

    /** The instruction that computes a value which only one instruction reads. */
    private Optional<Instruction> only(Value value) {
        int at = index(value);
        return at < 0 || readers.getOrDefault(value, 0) != 1 || outputs.contains(value)
                ? Optional.empty()
                : result.get(at);
    }

    /** The product that computes a value which only one instruction reads, in that type or in 16 bits before. */
    private Optional<Instruction> product(Value value) {
        return only(value)
                .flatMap(producer -> producer.operation() instanceof Cast && widens(producer)
                        ? only(producer.inputs().getFirst())
                        : Optional.of(producer))
                .filter(Fusion::isProduct)
                .filter(first -> !fused(first).gelu());
    }

    private static boolean widens(Instruction cast) {
        DType from = cast.inputTypes().getFirst().dtype();
        return from.half() && cast.outputTypes().getFirst().dtype() == from.wide();
    }

    private int index(Value value) {
        return producers.getOrDefault(value, -1);
    }

    private static boolean isProduct(Instruction instruction) {
        return instruction.operation() instanceof MatMul
                || instruction.operation() instanceof FusedMatMul fused && !fused.accumulate();
    }

    private boolean plain(Instruction instruction) {
        return instruction.operation() instanceof MatMul;
    }

    private static FusedMatMul fused(Instruction product) {
        return product.operation() instanceof MatMul plain ? FusedMatMul.of(plain) : (FusedMatMul) product.operation();
    }
}
