package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.List;

/**
 * Converts the element type: to a narrower floating type by rounding to nearest even; from a floating type to an integer by
 * cutting off, to the nearest end of its range beyond it, and to 0 from NaN; between integers by keeping the low bits; to
 * BOOL by whether it differs from 0. Primitive. The gradient of a cast between floating types is the cast back.
 */
public record Cast(DType dtype) implements Operation {
    @Override
    public String name() {
        return "cast";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 1);
        return List.of(inputs.get(0).withDType(dtype));
    }

    @Override
    public void gradient(GradientSite site) {
        if (site.input(0).dtype().floating() && dtype.floating()) {
            site.contribute(0, site.outputGradient(0).cast(site.input(0).dtype()));
        }
    }
}
