package dev.javelin.api.optimizer;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Tensor;
import java.util.List;

/**
 * Adam with decoupled weight decay, or ({@code decoupled} false) Adam with the decay added to the gradient.
 *
 * <p>Sources: Kingma, Ba, arXiv:1412.6980, algorithm 1; Loshchilov, Hutter, arXiv:1711.05101, algorithm 2.
 */
public record AdamW(double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled)
        implements Optimizer {

    public AdamW {
        require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "0 to below 1");
        require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "0 to below 1");
        require(epsilon >= 0, "epsilon", epsilon, "0 or more");
        require(weightDecay >= 0, "weightDecay", weightDecay, "0 or more");
    }

    static void require(boolean condition, String name, double value, String range) {
        if (!condition) {
            throw new JavelinException(
                    "JVL-CFG-0001", "optimizer." + name + " is " + value, "choose a value of " + range);
        }
    }

    /** AdamW with β₁ 0.9, β₂ 0.95, ε 1e-8 and weight decay 0.1, as GPT-3 was trained. */
    public static AdamW standard() {
        return new AdamW(0.9, 0.95, 1e-8, 0.1, true);
    }

    public AdamW withWeightDecay(double decay) {
        return new AdamW(beta1, beta2, epsilon, decay, decoupled);
    }

    @Override
    public String name() {
        return decoupled ? "adamw" : "adam";
    }

    @Override
    public List<String> slots() {
        return List.of("m", "v");
    }

    @Override
    public List<String> scalars() {
        return List.of("correction1", "correction2");
    }

    @Override
    public double scalar(String name, long step) {
        return 1 - StrictMath.pow(name.equals("correction1") ? beta1 : beta2, step);
    }

    @Override
    public List<Tensor> update(Site site) {
        Site kept = site.kept();
        Tensor gradient = kept.gradient();
        Tensor scale = site.gradientScale();
        if (!decoupled && weightDecay > 0) {
            gradient = site.scaledGradient().add(site.parameter().multiply(weightDecay));
            scale = scale.full(scale.shape(), 1);
        }
        return gradient.graph()
                .emit(
                        new dev.javelin.api.operation.AdamW(beta1, beta2, epsilon, decoupled ? weightDecay : 0),
                        List.of(
                                kept.parameter(),
                                gradient,
                                kept.slot("m"),
                                kept.slot("v"),
                                site.learningRate(),
                                site.scalar("correction1"),
                                site.scalar("correction2"),
                                scale,
                                site.predicate()));
    }
}
