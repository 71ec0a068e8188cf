package dev.javelin.api.operation;

import dev.javelin.api.DType;
import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * (x [.., C], scale [C], shift [C]) → y [.., C], mean [..], 1/σ [..], with the variance over C (not C−1) and epsilon
 * inside the root. The last two outputs are for the gradient and are not differentiated themselves.
 *
 * <p>Types: x floating, y like x; scale and shift of one type, that of x, or FLOAT32 where x has 16 bits; mean and 1/σ
 * FLOAT32 where x has 16 bits, else like x. With 16 bits, all arithmetic is FLOAT32 and y is rounded once.
 *
 * <p>Source: Ba, Kiros, Hinton, "Layer normalization", arXiv:1607.06450, section 3.
 */
public record LayerNorm(double epsilon) implements Operation {
    @Override
    public String name() {
        return "layer_norm";
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TypeRules.count(name(), inputs, 3);
        TensorType x = inputs.get(0);
        TypeRules.floating(name(), inputs.subList(0, 1));
        TypeRules.require(x.shape().rank() >= 1, name(), inputs, "x of rank 1 or more");
        TensorType row = TensorType.of(inputs.get(1).dtype(), x.shape().dim(-1));
        TypeRules.require(
                TypeRules.beside(x.dtype(), row)
                        && inputs.get(1).equals(row)
                        && inputs.get(2).equals(row),
                name(),
                inputs,
                "scale and shift " + row.withDType(x.dtype()) + ", or F32 beside 16 bits");
        TensorType rows = new TensorType(x.dtype().wide(), x.shape().without(-1));
        return List.of(x, rows, rows);
    }

    @Override
    public void gradient(GradientSite site) {
        List<Tensor> inputs =
                List.of(site.outputGradient(0), site.input(0), site.input(1), site.output(1), site.output(2));
        List<Tensor> gradients = site.input(0).graph().emit(new LayerNormGradient(), inputs);
        for (int i = 0; i < 3; i++) {
            if (site.wants(i)) {
                site.contribute(i, gradients.get(i));
            }
        }
    }

    @Override
    public Optional<List<Tensor>> decompose(List<Tensor> inputs) {
        DType wide = inputs.get(0).dtype().wide();
        Tensor x = inputs.get(0).cast(wide);
        Tensor mean = x.mean(-1);
        Tensor centred = x.subtract(Softmax.column(mean));
        Tensor inverse = centred.square().mean(-1).add(epsilon).rsqrt();
        Tensor y = centred.multiply(Softmax.column(inverse))
                .multiply(inputs.get(1).cast(wide))
                .add(inputs.get(2).cast(wide));
        return Optional.of(List.of(y.cast(inputs.get(0).dtype()), mean, inverse));
    }
}
