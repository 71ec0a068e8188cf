package dev.javelin.strategy.ddp;

import dev.javelin.api.Tensor;
import dev.javelin.spi.collective.AllReduce;
import dev.javelin.spi.strategy.Synchronizer;

/**
 * The mean of the replicas' parameters (Lin et al., "Don't Use Large Mini-Batches, Use Local SGD", arXiv:1808.07217,
 * algorithm 1, line 8 with one level of workers). What the optimizer keeps stays with its rank.
 */
record ParameterMean() implements Synchronizer {

    @Override
    public String name() {
        return "mean";
    }

    @Override
    public Tensor synchronize(Site site) {
        Tensor share = site.values().multiply(1.0 / site.group().size());
        return share.graph().emit(new AllReduce(site.group()), share);
    }
}
