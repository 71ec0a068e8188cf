package dev.javelin.engine.lower;

import dev.javelin.api.DType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.MatMul;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A matrix product with the bias, residual or accumulation that follows it. The joined instruction stands where the sum
 * stood. A product in 16 bits that is widened and added to FLOAT32 is not rounded in between.
 */
final class ProductSums implements Fusion.Pattern {
    @Override
    public boolean join(Instruction last, Fused fused) {
        if (last.operation() instanceof Binary binary && binary.kind() == Binary.Kind.ADD) {
            return joinAdd(last, 0, fused) || joinAdd(last, 1, fused);
        }
        return last.operation() instanceof Accumulate && joinAccumulate(last, fused);
    }

    private static boolean joinAccumulate(Instruction last, Fused fused) {
        Value value = last.inputs().get(1);
        Optional<Instruction> first = product(value, fused).filter(product -> product.operation() instanceof MatMul);
        return first.isPresent()
                && accept(
                        first.get(),
                        of(first.get()).withAccumulate(),
                        last.inputs().get(0),
                        value,
                        last,
                        fused);
    }

    private static boolean joinAdd(Instruction add, int side, Fused fused) {
        Value other = add.inputs().get(1 - side);
        Value value = add.inputs().get(side);
        Optional<Instruction> product = product(value, fused);
        if (product.isEmpty()) {
            return false;
        }
        Instruction first = product.get();
        FusedMatMul operation = of(first);
        boolean row = other.type().shape().rank() == 1
                && other.type().shape().dim(0) == value.type().shape().dim(-1)
                && value.type().shape().rank() > 1;
        boolean own = first.outputs().getFirst().equals(value);
        if (row && own && !operation.bias() && !operation.residual()) {
            return accept(first, operation.withBias(), other, value, add, fused);
        }
        return other.type().equals(value.type())
                && !other.equals(value)
                && !operation.residual()
                && accept(first, operation.withResidual(), other, value, add, fused);
    }

    /**
     * @param extra the operand of the second instruction that is no product
     * @param value the other one: the product, or its conversion
     */
    private static boolean accept(
            Instruction first, FusedMatMul operation, Value extra, Value value, Instruction second, Fused fused) {
        List<Value> inputs = new ArrayList<>(first.inputs());
        inputs.add(extra);
        Instruction joined = new Instruction(operation, inputs, second.outputs(), second.site());
        if (!fused.planned(joined)) {
            return false;
        }
        fused.remove(first.outputs().getFirst());
        fused.remove(value);
        fused.append(joined);
        return true;
    }

    /** The product that computes a value which only one instruction reads, in that type or in 16 bits before. */
    private static Optional<Instruction> product(Value value, Fused fused) {
        return fused.only(value)
                .flatMap(producer ->
                        widens(producer) ? fused.only(producer.inputs().getFirst()) : Optional.of(producer))
                .filter(ProductSums::isProduct)
                .filter(first -> !of(first).gelu());
    }

    /** True if an instruction converts 16 bits to FLOAT32. */
    static boolean widens(Instruction cast) {
        DType from = cast.inputTypes().getFirst().dtype();
        return cast.operation() instanceof Cast
                && from.half()
                && cast.outputTypes().getFirst().dtype() == from.wide();
    }

    /** True if an instruction is a product that more may be joined with. */
    static boolean isProduct(Instruction instruction) {
        return instruction.operation() instanceof MatMul
                || instruction.operation() instanceof FusedMatMul operation && !operation.accumulate();
    }

    /** A product as one that more may be joined with. */
    static FusedMatMul of(Instruction product) {
        return product.operation() instanceof MatMul plain ? FusedMatMul.of(plain) : (FusedMatMul) product.operation();
    }
}
