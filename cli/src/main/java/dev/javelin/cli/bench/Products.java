package dev.javelin.cli.bench;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.MatMul;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.lower.Variant;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.schedule.Schedule;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The matrix products of an optimizer step, by shape, with how often each occurs.
 *
 * @param counts products over whole matrices; batched ones, as in attention, are not counted
 */
record Products(SequencedMap<Product, Integer> counts) {

    /** op(A) [m, k] · op(B) [k, n], of elements of one type. */
    record Product(DType dtype, long m, long n, long k, boolean transposeA, boolean transposeB) {
        double flops() {
            return 2.0 * m * n * k;
        }
    }

    static Products of(Compilation compilation) {
        SequencedMap<Product, Integer> counts = new LinkedHashMap<>();
        int accumulation = compilation.options().accumulation();
        for (int i = 0; i < accumulation; i++) {
            String program = Variant.of(i, accumulation).program();
            for (Schedule.Issue issue : compilation.program(program).schedule().issues()) {
                add(counts, issue.instruction());
            }
        }
        return new Products(counts);
    }

    private static void add(SequencedMap<Product, Integer> counts, Instruction instruction) {
        Operation operation = instruction.operation();
        boolean transposeA = operation instanceof MatMul plain && plain.transposeA()
                || operation instanceof FusedMatMul fused && fused.transposeA();
        boolean transposeB = operation instanceof MatMul plain && plain.transposeB()
                || operation instanceof FusedMatMul fused && fused.transposeB();
        if (!(operation instanceof MatMul) && !(operation instanceof FusedMatMul)) {
            return;
        }
        DType dtype = instruction.inputTypes().getFirst().dtype();
        Shape a = instruction.inputTypes().get(0).shape();
        Shape b = instruction.inputTypes().get(1).shape();
        if (b.rank() == 2) {
            long k = a.dim(transposeA ? -2 : -1);
            long m = a.elements() / k;
            counts.merge(
                    new Product(dtype, m, b.dim(transposeB ? -2 : -1), k, transposeA, transposeB), 1, Integer::sum);
        }
    }

    double flops() {
        return counts.entrySet().stream()
                .mapToDouble(entry -> entry.getKey().flops() * entry.getValue())
                .sum();
    }

    /** Rate over all products, from the seconds of one call of each, in order. */
    double flopsPerSecond(double[] seconds) {
        double total = 0;
        int i = 0;
        for (int count : counts.values()) {
            total += count * seconds[i++];
        }
        return flops() / total;
    }
}
