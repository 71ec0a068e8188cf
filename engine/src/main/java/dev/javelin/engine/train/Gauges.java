package dev.javelin.engine.train;

import dev.javelin.api.trainer.RunReport;
import dev.javelin.api.trainer.Spike;
import dev.javelin.api.trainer.SpikeOptions;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.StepWork;
import dev.javelin.api.trainer.Throughput;
import dev.javelin.engine.Compilation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** What is measured of the steps of this process: how much they computed, and which stood out. */
final class Gauges {
    private final Compilation compilation;
    private final SampleOrder order;
    private final SpikeOptions options;
    private final Map<List<String>, Double> flops = new HashMap<>();
    private final List<Spike> spikes = new ArrayList<>();
    private long spikeCount;
    private double flopsDone;

    Gauges(Compilation compilation, SampleOrder order, SpikeOptions options) {
        this.compilation = compilation;
        this.order = order;
        this.options = options;
    }

    /** What a step worked on. */
    StepWork work(long step, long firstSample, long samples, long tokens, Clock clock) {
        int ranks = compilation.options().mesh().size();
        double stepFlops = ranks * flops.computeIfAbsent(compilation.trainingPrograms(step), compilation::flops);
        flopsDone += stepFlops;
        double most = ranks * nominalRate();
        return new StepWork(
                firstSample, samples, tokens, stepFlops, clock.stepSeconds(), clock.dataSeconds(), Math.max(0, most));
    }

    /** Of a rank's matrix products in the type that the run computes in. */
    private double nominalRate() {
        return compilation.planner().flopsPerSecond(compilation.precision().compute());
    }

    /** What stands out of a step against those before it. */
    List<Spike> spikes(StepMetrics metrics, SpikeWindow before) {
        List<Spike> found = new ArrayList<>();
        before.lossStandsOut(metrics.loss(), options)
                .ifPresent(median -> found.add(spike(metrics, Spike.LOSS, metrics.loss(), median)));
        before.normStandsOut(metrics.gradientNorm(), options)
                .ifPresent(median -> found.add(spike(metrics, Spike.GRADIENT_NORM, metrics.gradientNorm(), median)));
        spikeCount += found.size();
        found.stream().limit(Math.max(0, RunReport.MOST_SPIKES - spikes.size())).forEach(spikes::add);
        return found;
    }

    private Spike spike(StepMetrics metrics, String quantity, double value, double median) {
        StepWork work = metrics.work();
        List<Long> rows = LongStream.range(0, Math.min(work.samples(), Spike.MOST_ROWS))
                .mapToObj(i -> order.row(work.firstSample() + i))
                .toList();
        return new Spike(metrics.step(), quantity, value, median, work.firstSample(), work.samples(), rows);
    }

    List<Spike> found() {
        return spikes;
    }

    long count() {
        return spikeCount;
    }

    /** Medians over the steps that the clock has seen. */
    Throughput throughput(Clock clock, double tokensPerSample) {
        if (clock.steps() == 0) {
            return Throughput.none();
        }
        double tokens = clock.medianRate();
        double samples = tokens / tokensPerSample;
        double perToken = flopsDone / clock.tokens();
        double most = compilation.options().mesh().size() * nominalRate();
        double rate = tokens * perToken;
        return new Throughput(tokens, samples, rate, most > 0 ? rate / most : 0, clock.dataShare());
    }
}
