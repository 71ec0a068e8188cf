package dev.javelin.api.operation;

import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.util.List;

/** Inputs one after the other along a dim. Primitive. */
public record Concat(int dim) implements Operation {
    @Override
    public String name() {
        return "concat";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        Shape first = inputs.getFirst().shape();
        long total = 0;
        for (TensorType input : inputs) {
            TypeRules.require(
                    input.shape().rank() == first.rank()
                            && input.dtype() == inputs.getFirst().dtype()
                            && input.shape().with(dim, 0).equals(first.with(dim, 0)),
                    name(),
                    inputs,
                    "inputs of one dtype that differ in dim " + dim + " alone");
            total += input.shape().dim(dim);
        }
        return List.of(inputs.getFirst().withShape(first.with(dim, total)));
    }

    @Override
    public void gradient(GradientSite site) {
        long start = 0;
        for (int i = 0; i < site.inputs().size(); i++) {
            long length = site.input(i).dim(dim);
            if (site.wants(i)) {
                site.contribute(i, site.outputGradient(0).slice(dim, start, length));
            }
            start += length;
        }
    }
}
