package dev.javelin.engine.lower;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Iota;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.spi.device.DevicePlanner;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Instructions on 16-bit numbers for accelerators that compute in 32 bits: operands are converted to FLOAT32, the
 * operation runs there, and its results are rounded once. So 16-bit types need no kernels but those that store, move and
 * convert.
 */
final class Widening {
    private static final TensorType PREDICATE = new TensorType(DType.INT32, Shape.scalar());

    private Widening() {}

    /** True if an instruction has operands of 16 bits and is more than their conversion. */
    static boolean applies(Instruction instruction) {
        return !(instruction.operation() instanceof Cast)
                && (narrow(instruction.inputTypes()) || narrow(instruction.outputTypes()));
    }

    private static boolean narrow(List<TensorType> types) {
        return types.stream().anyMatch(type -> type.dtype().half());
    }

    private static List<TensorType> wide(List<TensorType> types) {
        return types.stream().map(Widening::wide).toList();
    }

    private static TensorType wide(TensorType type) {
        return type.withDType(type.dtype().wide());
    }

    private static Operation wide(Operation operation) {
        return switch (operation) {
            case Fill fill -> new Fill(wide(fill.type()), fill.value());
            case Iota iota -> new Iota(wide(iota.type()), iota.dim());
            case RandomUniform uniform -> new RandomUniform(wide(uniform.type()), uniform.call());
            default -> operation;
        };
    }

    /** True if an accelerator has a kernel for an instruction, of its own types or between conversions. */
    static boolean planned(
            DevicePlanner planner, Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return planner.plan(operation, inputs, outputs).isPresent()
                || (narrow(inputs) || narrow(outputs))
                        && planner.plan(wide(operation), wide(inputs), wide(outputs))
                                .isPresent();
    }

    /** The instruction in 32 bits; what it updates in place is assigned back. */
    static List<Tensor> widen(Instruction instruction, List<Tensor> inputs, ProgramBuilder builder) {
        List<Tensor> operands =
                inputs.stream().map(input -> input.cast(input.dtype().wide())).toList();
        List<Tensor> results = builder.emit(wide(instruction.operation()), operands);
        List<Tensor> narrowed = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            Tensor result = results.get(i).cast(instruction.outputTypes().get(i).dtype());
            OptionalInt over = instruction.operation().overwrites(i);
            boolean assigned =
                    over.isPresent() && inputs.get(over.getAsInt()).dtype().half();
            narrowed.add(
                    assigned
                            ? builder.emit(
                                    new Assign(),
                                    inputs.get(over.getAsInt()),
                                    result,
                                    builder.emit(new Fill(PREDICATE, 1)))
                            : result);
        }
        return narrowed;
    }
}
