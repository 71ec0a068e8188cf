package dev.javelin.accelerator.cuda;

import dev.javelin.accelerator.cpu.CpuProvider;
import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.spi.Options;
import java.util.List;
import java.util.Map;

/** The CPU's scalar reference in FLOAT64. */
public final class Oracle implements AutoCloseable {
    private final TestDevice cpu;

    public Oracle() {
        cpu = new TestDevice(new CpuProvider().open(new Options("accelerator.cpu", Map.of("kernels", "reference"))));
    }

    /** What an operation gives for these inputs, widened. */
    public List<Value> run(Case c) {
        return cpu.run(new Case(
                wide(c.operation()), c.inputs().stream().map(Value::wide).toList(), c.tolerance()));
    }

    private static Operation wide(Operation operation) {
        return switch (operation) {
            case FusedNorm norm -> norm.withNormed(DType.FLOAT64);
            case FusedNormGradient gradient when gradient.copy().isPresent() -> gradient.withCopy(DType.FLOAT64);
            default -> operation;
        };
    }

    @Override
    public void close() {
        cpu.close();
    }
}
