package dev.javelin.strategy.ddp;

import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.Stage;
import dev.javelin.spi.strategy.Strategy;
import java.util.ArrayList;
import java.util.List;

/**
 * All state whole on every rank; gradients are summed in buckets after the last micro-batch: plainly or in 16 bits from
 * the first step, by PowerSGD from a later one, not at all from a still later one, where parameters are averaged instead.
 */
record DdpStrategy(DdpOptions options) implements Strategy {

    @Override
    public ParallelPlan plan(ModelInventory model, PlanContext context) {
        return ParallelPlan.of(Buckets.of(model, options))
                .withStages(stages())
                .withUnused(options.findUnusedParameters() ? ParallelPlan.Unused.ALLOW : ParallelPlan.Unused.REFUSE);
    }

    private List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        Stage plain = Stage.reducing("reduce");
        if (options.powerSgd().isEmpty() || options.powerSgd().get().startStep() > 0) {
            stages.add(
                    options.compression() == Compression.NONE
                            ? plain
                            : plain.withReducer(new SumReducer(options.compression())));
        }
        options.powerSgd()
                .ifPresent(powerSgd -> stages.add(Stage.reducing("powersgd")
                        .withReducer(new PowerSgd(powerSgd, options.compression()))
                        .withFromStep(powerSgd.startStep() + 1)));
        options.localSgd().ifPresent(local -> {
            long first = local.startStep() + 1;
            stages.add(Stage.local("local").withFromStep(first));
            stages.add(Stage.local("average")
                    .withSynchronizer(new ParameterMean())
                    .withFromStep(first)
                    .withEvery(local.period()));
        });
        return stages;
    }
}
