package dev.javelin.cli.config;

import dev.javelin.api.trainer.EarlyStopping;
import dev.javelin.api.trainer.Monitoring;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.PrecisionPlan;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * How long, how exactly and where.
 *
 * @param precision by name
 * @param types of the precision, with those that are set
 * @param maxSteps total optimizer steps, those before a resume included
 * @param accumulate micro-batches of a step
 * @param clipNorm largest gradient norm; 0 for none
 * @param clipValue largest absolute value of a gradient's element; 0 for none
 * @param validateEvery steps between validations; 0 validates only at the end
 * @param validationBatches batches of one validation; 0 takes all
 * @param checkpointEvery steps between checkpoints; 0 writes only the last
 * @param averaging of the weights
 * @param out folder of the run; null for one of its own under {@code runs}
 * @param threads of the accelerator; 0 leaves it the choice
 * @param monitoring what the run tells about itself
 * @param earlyStopping when it ends before its last step
 * @param summaryDepth depth of the layers that are listed before the run; -1 for all, 0 for none
 * @param fastDevRun steps to try the run with, without leaving a file; 0 for a run as it is
 */
public record TrainerConfig(
        long maxSteps,
        long seed,
        Precision precision,
        PrecisionPlan types,
        int accumulate,
        double clipNorm,
        double clipValue,
        long validateEvery,
        long validationBatches,
        long checkpointEvery,
        int keepLast,
        int keepBest,
        AveragingConfig averaging,
        @Nullable Path out,
        int threads,
        String strategy,
        String accelerator,
        Monitoring monitoring,
        EarlyStopping earlyStopping,
        int summaryDepth,
        int fastDevRun) {
    private static final double UNLIMITED = Double.POSITIVE_INFINITY;
    private static final long MANY = 1_000_000;

    static TrainerConfig read(Settings settings) {
        double clipValue = settings.number("trainer.clipValue", 0, 0, UNLIMITED);
        long maxSteps = settings.integer("trainer.maxSteps", 1500, 1, Long.MAX_VALUE);
        Precision precision = PrecisionConfig.precision(settings);
        return new TrainerConfig(
                maxSteps,
                settings.integer("trainer.seed", 1, Long.MIN_VALUE, Long.MAX_VALUE),
                precision,
                PrecisionConfig.types(settings, precision),
                (int) settings.integer("trainer.accumulate", 1, 1, MANY),
                settings.number("trainer.clipNorm", clipValue > 0 ? 0 : 1, 0, UNLIMITED),
                clipValue,
                settings.integer("trainer.validateEvery", 100, 0, Long.MAX_VALUE),
                settings.integer("trainer.validationBatches", 8, 0, Long.MAX_VALUE),
                settings.integer("trainer.checkpointEvery", 100, 0, Long.MAX_VALUE),
                (int) settings.integer("trainer.keepLast", 2, 1, MANY),
                (int) settings.integer("trainer.keepBest", 1, 0, MANY),
                AveragingConfig.read(settings, maxSteps),
                settings.find("trainer.out")
                        .map(setting -> Path.of(setting.text()).toAbsolutePath().normalize())
                        .orElse(null),
                (int) settings.integer("trainer.threads", 0, 0, 4096),
                settings.text("trainer.strategy", "single"),
                settings.text("trainer.accelerator", "cpu"),
                MonitoringConfig.read(settings),
                EarlyStoppingConfig.read(settings),
                (int) settings.integer("trainer.summaryDepth", 1, -1, 1000),
                (int) settings.integer("trainer.fastDevRun", 0, 0, MANY));
    }

    SequencedMap<String, Object> tree() {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        tree.put("maxSteps", maxSteps);
        tree.put("seed", seed);
        PrecisionConfig.addTo(tree, precision, types);
        tree.put("accumulate", accumulate);
        tree.put("clipNorm", clipNorm);
        tree.put("clipValue", clipValue);
        tree.put("validateEvery", validateEvery);
        tree.put("validationBatches", validationBatches);
        tree.put("checkpointEvery", checkpointEvery);
        tree.put("keepLast", keepLast);
        tree.put("keepBest", keepBest);
        averaging.addTo(tree);
        if (out != null) {
            tree.put("out", out.toString());
        }
        tree.put("threads", threads);
        tree.put("strategy", strategy);
        tree.put("accelerator", accelerator);
        MonitoringConfig.addTo(tree, monitoring);
        EarlyStoppingConfig.addTo(tree, earlyStopping);
        tree.put("summaryDepth", summaryDepth);
        tree.put("fastDevRun", fastDevRun);
        return tree;
    }

    /** The same without the folder, which is a matter of where a run lies and not of what it is. */
    TrainerConfig withoutOut() {
        return with(null, threads, strategy);
    }

    TrainerConfig withThreads(int count) {
        return with(out, count, strategy);
    }

    TrainerConfig withStrategy(String name) {
        return with(out, threads, name);
    }

    private TrainerConfig with(@Nullable Path folder, int count, String strategyName) {
        return new TrainerConfig(
                maxSteps,
                seed,
                precision,
                types,
                accumulate,
                clipNorm,
                clipValue,
                validateEvery,
                validationBatches,
                checkpointEvery,
                keepLast,
                keepBest,
                averaging,
                folder,
                count,
                strategyName,
                accelerator,
                monitoring,
                earlyStopping,
                summaryDepth,
                fastDevRun);
    }
}
