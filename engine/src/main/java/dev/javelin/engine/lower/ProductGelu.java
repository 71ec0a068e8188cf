package dev.javelin.engine.lower;

import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.Gelu;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Value;
import java.util.List;
import java.util.Optional;

/**
 * A matrix product with the GELU that follows it. The joined instruction stands where the product stood, because the
 * pre-activation may be read in between.
 */
final class ProductGelu implements Fusion.Pattern {
    @Override
    public boolean join(Instruction last, Fused fused) {
        if (!(last.operation() instanceof Gelu)) {
            return false;
        }
        Value value = last.inputs().getFirst();
        Optional<Instruction> product = fused.producer(value).filter(ProductSums::isProduct);
        if (product.isEmpty()) {
            return false;
        }
        FusedMatMul operation = ProductSums.of(product.get());
        if (operation.gelu() || operation.residual() || operation.accumulate()) {
            return false;
        }
        Instruction joined = new Instruction(
                operation.withGelu(),
                product.get().inputs(),
                List.of(value, last.outputs().getFirst()),
                product.get().site());
        if (!fused.planned(joined)) {
            return false;
        }
        fused.replace(value, joined);
        return true;
    }
}
