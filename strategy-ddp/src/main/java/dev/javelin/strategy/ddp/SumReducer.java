package dev.javelin.strategy.ddp;

import dev.javelin.api.Tensor;
import dev.javelin.spi.strategy.GradientReducer;

/**
 * The sum of gradients that travel in fewer bits: rounded to the nearest, of two to the even one, before they are sent, and again after each
 * addition on the way. As fp16_compress_hook and bf16_compress_hook of PyTorch
 * (torch/distributed/algorithms/ddp_comm_hooks/default_hooks.py), with one difference: FP16 is divided by the weight
 * summed over all ranks, where PyTorch has a mean of each rank and divides by their number, and BF16, which has the range
 * of FLOAT32, by nothing.
 */
record SumReducer(Compression compression) implements GradientReducer {

    @Override
    public String name() {
        return compression.label();
    }

    @Override
    public Tensor reduce(Site site) {
        Tensor gradient = site.gradient(); // [E]
        if (compression != Compression.FP16) {
            return compression.sum(site.group(), gradient);
        }
        Tensor weight = site.weight();
        Tensor share = gradient.multiply(weight.reciprocal()); // of the mean gradient: small numbers
        return compression.sum(site.group(), share).multiply(weight);
    }
}
