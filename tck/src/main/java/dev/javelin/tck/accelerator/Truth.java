package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.operation.AdamW;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.api.operation.Iota;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.spi.device.Accelerator;
import java.util.ArrayList;
import java.util.List;

/** The opened oracle: what operations give in FLOAT64. */
final class Truth implements AutoCloseable {
    /** Inputs of an AdamW that writes weights of 16 bits beside its parameter. */
    private static final int WITH_WEIGHTS = 10;

    private final Accelerator device;
    private final Lab lab;

    Truth(Oracle oracle) {
        device = oracle.opener().get();
        lab = new Lab(device);
    }

    /** The outputs, floating ones in FLOAT64, for inputs of any types. */
    List<Value> of(Operation operation, List<Value> inputs) {
        List<Value> wide = inputs.stream().map(Value::widened).toList();
        if (operation instanceof AdamW && inputs.size() == WITH_WEIGHTS) {
            // the weights are the parameter, which has 64 bits here
            List<Value> outputs = new ArrayList<>(of(operation, inputs.subList(0, WITH_WEIGHTS - 1)));
            outputs.add(outputs.getFirst());
            return outputs;
        }
        return Trial.run(lab, wide(operation), wide, Layout.usual()).outputs();
    }

    /** The outputs in the types of the inputs, as the oracle's own kernels for them give them. */
    List<Value> moved(Operation operation, List<Value> inputs) {
        return Trial.run(lab, operation, inputs, Layout.usual()).outputs();
    }

    /** The sums of the magnitudes of the terms that each output is made of. */
    List<Value> terms(Operation operation, List<Value> inputs) {
        return of(positive(operation), inputs.stream().map(Value::absolute).toList());
    }

    /** The operation with its floating types as FLOAT64. */
    private static Operation wide(Operation operation) {
        if (operation instanceof Fill fill && fill.type().dtype().floating()) {
            return new Fill(fill.type().withDType(DType.FLOAT64), fill.value());
        }
        if (operation instanceof Iota iota && iota.type().dtype().floating()) {
            return new Iota(iota.type().withDType(DType.FLOAT64), iota.dim());
        }
        if (operation instanceof Cast cast && cast.dtype().floating()) {
            return new Cast(DType.FLOAT64);
        }
        if (operation instanceof RandomUniform random) {
            return new RandomUniform(random.type().withDType(DType.FLOAT64), random.call());
        }
        if (operation instanceof FusedNorm norm) {
            return norm.withNormed(DType.FLOAT64);
        }
        if (operation instanceof FusedNormGradient gradient && gradient.copy().isPresent()) {
            return gradient.withCopy(DType.FLOAT64);
        }
        return operation instanceof ExactNorm ? new ExactNorm(DType.FLOAT64) : operation;
    }

    private static Operation positive(Operation operation) {
        if (operation instanceof Affine affine) {
            return new Affine(Math.abs(affine.scale()), Math.abs(affine.shift()));
        }
        boolean difference = operation instanceof Binary binary && binary.kind() == Binary.Kind.SUBTRACT;
        return difference ? new Binary(Binary.Kind.ADD) : operation;
    }

    @Override
    public void close() {
        lab.close();
        device.close();
    }
}
