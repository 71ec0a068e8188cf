package dev.javelin.cli.bench;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.run.Job;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.Share;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.spi.device.Accelerator;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Measures training steps on random tokens, in turns with the matrix products in them. */
public final class StepBench {
    private static final String HOST = "cpu";
    private static final double WARM_UP_SECONDS = 5;
    private static final int WARM_UP_STEPS = 2;
    private static final double TURN_SECONDS = 1;
    private static final double RATE = 1e-4;

    private final RunConfig config;
    private final LanguageModelSpec spec;
    private final Job job;
    private final int threads;
    private final int turns;
    private final Consumer<String> progress;
    private long step;

    /**
     * @param threads of the accelerator and of OpenBLAS
     * @param turns how often each of the three is measured
     * @param progress hears what is being done
     */
    public StepBench(RunConfig config, Job job, int threads, int turns, Consumer<String> progress) {
        if (!(config.model() instanceof LanguageModelSpec language)) {
            throw new JavelinException(
                    "JVL-CFG-0057",
                    "a model of family '" + config.model().family() + "' has no tokens to count",
                    "measure a language model");
        }
        StepProfile.requireCount(config);
        this.config = config;
        this.spec = language;
        this.job = job;
        this.threads = threads;
        this.turns = turns;
        this.progress = progress;
    }

    /** Measures; takes from seconds to minutes, by the size of the model. */
    public StepReport run() {
        Compilation compilation = job.compile();
        Products products = Products.of(compilation);
        double[] stepSeconds = new double[turns];
        double[] own = new double[turns];
        double[] openBlas = new double[turns];
        try (Accelerator accelerator = job.accelerator().open(job.acceleratorOptions());
                Arena arena = Arena.ofConfined();
                Session session = Session.open(compilation, accelerator, SessionOptions.standard())) {
            session.initialize(config.trainer().seed());
            List<HostBatch> batches = batches(arena);
            progress.accept("warming up");
            measure(session, batches, WARM_UP_SECONDS, WARM_UP_STEPS);
            long peakDevice = accelerator.usage().peakBytes();
            long peakResident = peakResidentBytes();
            Optional<Path> profile = profile(session, batches);
            OwnProducts ownProducts = new OwnProducts(products, accelerator);
            Optional<OpenBlasProducts> peer =
                    peer(products, compilation.options().dtype());
            for (int turn = 0; turn < turns; turn++) {
                progress.accept("turn " + (turn + 1) + " of " + turns);
                stepSeconds[turn] = measure(session, batches, TURN_SECONDS, 1);
                own[turn] = ownProducts.flopsPerSecond() / 1e9;
                openBlas[turn] = peer.map(OpenBlasProducts::flopsPerSecond).orElse(0.0) / 1e9;
            }
            return report(
                    compilation, median(stepSeconds), median(own), median(openBlas), peakDevice, peakResident, profile);
        }
    }

    /** The host's processors have another library to be compared with. */
    private Optional<OpenBlasProducts> peer(Products products, DType dtype) {
        boolean host = config.trainer().accelerator().equals(HOST)
                && products.counts().keySet().stream().allMatch(product -> product.dtype() == dtype)
                && (dtype == DType.FLOAT32 || dtype == DType.FLOAT64);
        return host
                ? Optional.of(new OpenBlasProducts(
                        products,
                        threads,
                        dtype,
                        config.acceleratorPlugin().options().getOrDefault("cacheFolder", "")))
                : Optional.empty();
    }

    private Optional<Path> profile(Session session, List<HostBatch> batches) {
        Optional<StepProfile> profile = StepProfile.of(config, session, null, job, step);
        if (profile.isPresent()) {
            progress.accept("profiling");
            return profile.get().run(number -> step(number, session, batches));
        }
        return Optional.empty();
    }

    private StepReport report(
            Compilation compilation,
            double stepSeconds,
            double own,
            double openBlas,
            long peakDevice,
            long peakResident,
            Optional<Path> profile) {
        long block = config.data().block();
        double tokensPerSecond = config.data().batch() * block / stepSeconds;
        return new StepReport(
                spec.text(),
                config.data().batch(),
                block,
                threads,
                config.trainer().precision().label(),
                tokensPerSecond,
                tokensPerSecond * spec.trainingFlops(block) / 1e9,
                own,
                openBlas,
                compilation.memory().peakBytes(),
                peakDevice,
                peakResident,
                profile);
    }

    /** Mean seconds of a step, over at least so many steps and seconds. */
    private double measure(Session session, List<HostBatch> batches, double leastSeconds, int leastSteps) {
        long start = System.nanoTime();
        int steps = 0;
        while (steps < leastSteps || System.nanoTime() - start < leastSeconds * 1e9) {
            step(step + 1, session, batches);
            steps++;
        }
        return (System.nanoTime() - start) / 1e9 / steps;
    }

    private void step(long number, Session session, List<HostBatch> batches) {
        step = number;
        session.begin(number, RATE, config.trainer().seed(), batches);
        session.stage(batches); // of the next step, as the training loop does
        session.finish();
    }

    private List<HostBatch> batches(Arena arena) {
        long rows = config.data().batch() / config.trainer().accumulate();
        List<HostBatch> batches = new ArrayList<>();
        for (int i = 0; i < config.trainer().accumulate(); i++) {
            batches.add(RandomTokens.batch(config, spec, Share.of(rows, 0, 1), i, arena));
        }
        return batches;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** The largest resident size of this process so far; 0 where the system does not tell. */
    private static long peakResidentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException e) {
            // Not Linux.
        }
        return 0;
    }
}
