package dev.javelin.api.optimizer;

import dev.javelin.api.Tensor;
import java.util.List;

/**
 * Gradient descent with momentum: velocity ← momentum · velocity + g; parameter ← parameter − lr · velocity (or, with
 * {@code nesterov}, lr · (g + momentum · velocity)). The weight decay is added to the gradient.
 *
 * <p>Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013, with
 * PyTorch's form of the velocity (the learning rate stays outside).
 */
public record Sgd(double momentum, double weightDecay, boolean nesterov) implements Optimizer {

    public Sgd {
        AdamW.require(momentum >= 0 && momentum < 1, "momentum", momentum, "0 to below 1");
        AdamW.require(weightDecay >= 0, "weightDecay", weightDecay, "0 or more");
    }

    @Override
    public String name() {
        return "sgd";
    }

    @Override
    public List<String> slots() {
        return momentum == 0 ? List.of() : List.of("velocity");
    }

    @Override
    public List<String> scalars() {
        return List.of();
    }

    @Override
    public double scalar(String name, long step) {
        throw new IllegalArgumentException(name);
    }

    @Override
    public List<Tensor> update(Site site) {
        Tensor gradient = site.scaledGradient();
        if (weightDecay > 0) {
            gradient = gradient.add(site.parameter().multiply(weightDecay));
        }
        if (momentum == 0) {
            return List.of(site.parameter().subtract(gradient.multiply(site.learningRate())));
        }
        Tensor velocity = site.slot("velocity").multiply(momentum).add(gradient);
        Tensor direction = nesterov ? gradient.add(velocity.multiply(momentum)) : velocity;
        return List.of(site.parameter().subtract(direction.multiply(site.learningRate())), velocity);
    }
}
