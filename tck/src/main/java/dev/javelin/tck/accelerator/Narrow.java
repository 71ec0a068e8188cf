package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.api.operation.Iota;
import dev.javelin.api.operation.RandomUniform;

/** Cases in FLOAT64 as cases in FLOAT32. */
final class Narrow {
    private Narrow() {}

    static Case of(Case wide) {
        return new Case(
                of(wide.operation()),
                wide.inputs().stream()
                        .map(input -> input.type().dtype().floating() ? input.as(DType.FLOAT32) : input)
                        .toList(),
                wide.tolerance(),
                wide.scale(),
                wide.terms(),
                wide.signs());
    }

    private static Operation of(Operation operation) {
        if (operation instanceof Fill fill) {
            return new Fill(fill.type().withDType(DType.FLOAT32), fill.value());
        }
        if (operation instanceof Iota iota) {
            return new Iota(iota.type().withDType(DType.FLOAT32), iota.dim());
        }
        if (operation instanceof RandomUniform random) {
            return new RandomUniform(random.type().withDType(DType.FLOAT32), random.call());
        }
        if (operation instanceof FusedNorm norm) {
            return norm.withNormed(DType.FLOAT32);
        }
        if (operation instanceof FusedNormGradient gradient && gradient.copy().isPresent()) {
            return gradient.withCopy(DType.FLOAT32);
        }
        return operation instanceof ExactNorm ? new ExactNorm(DType.FLOAT32) : operation;
    }
}
