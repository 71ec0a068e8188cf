package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * (x [.., C], scale [C]) → y = x / rms(x) · scale [.., C] and 1/rms [..], with rms(x) = √(mean(x²) + ε) over C. The last
 * output is for the gradient and is not differentiated itself.
 *
 * <p>Types: x floating, y like x; scale of that type, or FLOAT32 where x has 16 bits; 1/rms FLOAT32 where x has 16 bits,
 * else like x. With 16 bits, all arithmetic is FLOAT32 and y is rounded once.
 *
 * <p>Source: Zhang, Sennrich, "Root mean square layer normalization", arXiv:1910.07467, section 3, with ε inside the root
 * as in Llama.
 */
public record RmsNorm(double epsilon) implements Operation {
    @Override
    public String name() {
        return "rms_norm";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 2);
        TypeRules.floating(name(), inputs.subList(0, 1));
        TensorType x = inputs.get(0);
        TypeRules.require(x.shape().rank() >= 1, name(), inputs, "x of rank 1 or more");
        TensorType row = TensorType.of(inputs.get(1).dtype(), x.shape().dim(-1));
        TypeRules.require(
                TypeRules.beside(x.dtype(), row) && inputs.get(1).equals(row),
                name(),
                inputs,
                "scale " + row.withDType(x.dtype()) + ", or F32 beside 16 bits");
        return List.of(x, new TensorType(x.dtype().wide(), x.shape().without(-1)));
    }

    @Override
    public void gradient(GradientSite site) {
        List<Tensor> inputs = List.of(site.outputGradient(0), site.input(0), site.input(1), site.output(1));
        List<Tensor> gradients = site.input(0).graph().emit(new RmsNormGradient(), inputs);
        for (int i = 0; i < 2; i++) {
            if (site.wants(i)) {
                site.contribute(i, gradients.get(i));
            }
        }
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        DType wide = inputs.get(0).dtype().wide();
        Tensor x = inputs.get(0).cast(wide);
        Tensor inverse = x.square().mean(-1).add(epsilon).rsqrt();
        Tensor y = x.multiply(Softmax.column(inverse)).multiply(inputs.get(1).cast(wide));
        return Optional.of(List.of(y.cast(inputs.get(0).dtype()), inverse));
    }
}
