package dev.javelin.engine.trace;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.Log;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.Reduce;
import dev.javelin.api.operation.RmsNorm;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.Softmax;
import dev.javelin.api.operation.Unary;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Rewriting;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Writes mixed precision into a forward pass: a program that computes in FLOAT32 becomes one with conversions, before it
 * is differentiated. Conversions are ordinary instructions, whose gradients are conversions back.
 *
 * <p>The rules, by operation:
 *
 * <ul>
 *   <li>matrix products and attention take 16 bits, and the caches of attention hold them; the bias of a product follows it
 *   <li>softmax, sums and maxima, exp, log, reciprocals and squares take FLOAT32
 *   <li>norms take values as they are, with FLOAT32 parameters; their statistics are FLOAT32
 *   <li>the rest takes values as they are; where 16 bits and FLOAT32 meet, the result is FLOAT32; constants follow
 * </ul>
 *
 * <p>As PyTorch's autocast (torch/amp, "Autocast op reference"), with two differences: norms give the type that they take
 * instead of FLOAT32, and the cross-entropy reads 16-bit logits. Both compute in FLOAT32 all the same.
 */
public final class Autocast {
    private static final Set<Unary.Kind> WIDE =
            EnumSet.of(Unary.Kind.EXP, Unary.Kind.LOG, Unary.Kind.RECIPROCAL, Unary.Kind.RSQRT, Unary.Kind.SQUARE);

    private static final Operation ADD = new Binary(Binary.Kind.ADD);

    private final Rewriting copy;
    private final ProgramBuilder target;
    private final DType low;
    private final Set<Value> caches;
    private final Map<Integer, Tensor> narrowed = new HashMap<>();
    private final Map<Integer, Tensor> widened = new HashMap<>();
    private final Set<Integer> parameters = new HashSet<>();

    private Autocast(Program program, ProgramBuilder target, DType low) {
        this.target = target;
        this.low = low;
        copy = new Rewriting(target);
        caches = caches(program);
    }

    /**
     * Copies a forward pass, with conversions between.
     *
     * @param target empty; takes the copy
     * @param low type of products
     * @return where the values of the program are in the copy
     */
    public static Rewriting rewrite(Program program, ProgramBuilder target, DType low) {
        Autocast cast = new Autocast(program, target, low);
        program.inputs().forEach(cast::input);
        program.instructions().forEach(cast::instruction);
        return cast.copy;
    }

    /** States that attention alone reads and writes. */
    private static Set<Value> caches(Program program) {
        Set<Value> caches = new HashSet<>();
        for (Program.Input input : program.inputs()) {
            if (input.slot().kind() == Slot.Kind.STATE && input.slot().type().dtype() == DType.FLOAT32) {
                caches.add(input.value());
            }
        }
        Map<Value, Value> origins = new HashMap<>();
        caches.forEach(cache -> origins.put(cache, cache));
        for (Instruction instruction : program.instructions()) {
            boolean attention = instruction.operation() instanceof CachedAttention;
            boolean write = instruction.operation() instanceof CacheWrite;
            for (int i = 0; i < instruction.inputs().size(); i++) {
                Value origin = origins.get(instruction.inputs().get(i));
                if (origin != null && !attention && !(write && i == 0)) {
                    caches.remove(origin);
                } else if (origin != null && write) {
                    origins.put(instruction.outputs().getFirst(), origin);
                }
            }
        }
        return caches;
    }

    private void input(Program.Input input) {
        Slot slot = input.slot();
        Slot own = caches.contains(input.value())
                ? new Slot(slot.kind(), slot.name(), slot.type().withDType(low))
                : slot;
        Tensor tensor = target.input(own);
        copy.replace(input.value(), tensor);
        if (slot.kind() == Slot.Kind.PARAMETER) {
            parameters.add(tensor.number());
        }
    }

    private void instruction(Instruction instruction) {
        Operation operation = instruction.operation();
        List<Tensor> inputs = copy.tensors(instruction.inputs());
        List<Tensor> outputs =
                target.at(instruction.site(), () -> target.emit(operation, converted(operation, inputs)));
        copy.replace(instruction.outputs(), outputs);
        if (!inputs.isEmpty() && inputs.stream().allMatch(input -> parameters.contains(input.number()))) {
            outputs.forEach(output -> parameters.add(output.number()));
        }
    }

    private List<Tensor> converted(Operation operation, List<Tensor> inputs) {
        OptionalInt state = operation.overwrites(0);
        if (state.isPresent()) {
            DType kept = inputs.get(state.getAsInt()).dtype();
            return inputs.stream().map(kept == low ? this::narrow : this::wide).toList();
        }
        return switch (operation) {
            case MatMul product -> inputs.stream().map(this::narrow).toList();
            case Attention attention -> inputs.stream().map(this::narrow).toList();
            case CachedAttention attention ->
                inputs.stream()
                        .map(inputs.get(1).dtype() == low ? this::narrow : this::wide)
                        .toList();
            case Softmax softmax -> inputs.stream().map(this::wide).toList();
            case Reduce reduce -> inputs.stream().map(this::wide).toList();
            case Log log -> inputs.stream().map(this::wide).toList();
            case Unary unary
            when WIDE.contains(unary.kind()) -> inputs.stream().map(this::wide).toList();
            case LayerNorm norm -> beside(inputs);
            case RmsNorm norm -> beside(inputs);
            case Rotary rotary -> beside(inputs);
            case Cast cast -> inputs;
            default -> together(operation, inputs);
        };
    }

    /** The first as it is, the others in FLOAT32. */
    private List<Tensor> beside(List<Tensor> inputs) {
        List<Tensor> all = new ArrayList<>(inputs);
        all.subList(1, all.size()).replaceAll(this::wide);
        return all;
    }

    /** All floating operands in one type. */
    private List<Tensor> together(Operation operation, List<Tensor> inputs) {
        boolean some = inputs.stream().anyMatch(input -> input.dtype() == low);
        boolean others = inputs.stream().anyMatch(input -> input.dtype() == DType.FLOAT32);
        if (!some || !others) {
            return inputs;
        }
        boolean follow = inputs.stream()
                .allMatch(input -> input.dtype() != DType.FLOAT32
                        || constant(input)
                        || operation.equals(ADD) && bias(input, inputs));
        return inputs.stream().map(follow ? this::narrow : this::wide).toList();
    }

    /** True for a constant that 16 bits hold well enough: what others compute with it has no more. */
    private boolean constant(Tensor tensor) {
        return target.producer(tensor)
                .filter(producer -> producer.operation() instanceof Fill fill
                        && (Double.isInfinite(fill.value()) || Math.abs(fill.value()) < 65504))
                .isPresent();
    }

    /** True for a parameter [N] that is added to a product [.., N]. */
    private boolean bias(Tensor tensor, List<Tensor> operands) {
        return tensor.shape().rank() == 1
                && parameters.contains(tensor.number())
                && operands.stream()
                        .anyMatch(other -> target.producer(other)
                                .filter(producer -> producer.operation() instanceof MatMul)
                                .isPresent());
    }

    private Tensor narrow(Tensor tensor) {
        return tensor.dtype() != DType.FLOAT32
                ? tensor
                : narrowed.computeIfAbsent(tensor.number(), number -> tensor.cast(low));
    }

    private Tensor wide(Tensor tensor) {
        return tensor.dtype() != low
                ? tensor
                : widened.computeIfAbsent(tensor.number(), number -> tensor.cast(DType.FLOAT32));
    }
}
