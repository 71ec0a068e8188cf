package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.trainer.Averaging;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/**
 * The average of the weights, and the learning rate while a mean of them is taken.
 *
 * @param learningRate SWA: constant rate from the start of the mean on; 0 for that of the schedule
 * @param annealSteps SWA: steps that the way to that rate takes
 */
public record AveragingConfig(Averaging averaging, double learningRate, long annealSteps) {
    private static final String KEY = "trainer.average";
    private static final String DECAY = KEY + "Decay";
    private static final String WARMUP = KEY + "Warmup";
    private static final String START = KEY + "Start";
    private static final String EVERY = KEY + "Every";
    private static final String VALIDATION = KEY + "Validation";
    private static final String RATE = KEY + "LearningRate";
    private static final String ANNEAL = KEY + "AnnealSteps";

    /** How much of the average stays at a step of EMA. */
    private static final double STANDARD_DECAY = 0.999;

    /**
     * Reads the keys {@code trainer.average...}; those of another kind of average are refused.
     *
     * @param maxSteps of the run: SWA begins after three quarters of them, as in the paper, if nothing is said
     */
    static AveragingConfig read(Settings settings, long maxSteps) {
        String kind = settings.choice(KEY, "none", List.of("none", "ema", "swa"));
        double decay = settings.number(DECAY, STANDARD_DECAY, 0, 1);
        boolean warmup = settings.flag(WARMUP, true);
        long start = settings.integer(START, kind.equals("swa") ? 1 + 3 * maxSteps / 4 : 1, 1, Long.MAX_VALUE);
        long every = settings.integer(EVERY, 1, 1, Long.MAX_VALUE);
        String validation = settings.choice(VALIDATION, "average", List.of("average", "last", "both"));
        double rate = settings.number(RATE, 0, 0, Double.POSITIVE_INFINITY);
        long anneal = settings.integer(ANNEAL, 0, 0, Long.MAX_VALUE);
        Averaging.Validation weights = Averaging.Validation.valueOf(validation.toUpperCase(Locale.ROOT));
        return switch (kind) {
            case "ema" -> {
                refuse(settings, kind, List.of(RATE, ANNEAL));
                Averaging ema = Averaging.ema(decay).withWarmup(warmup).withStart(start);
                yield new AveragingConfig(ema.withEvery(every).withValidation(weights), 0, 0);
            }
            case "swa" -> {
                refuse(settings, kind, rate > 0 ? List.of(DECAY, WARMUP) : List.of(DECAY, WARMUP, ANNEAL));
                Averaging swa = Averaging.swa(start).withEvery(every).withValidation(weights);
                yield new AveragingConfig(swa, rate, anneal);
            }
            default -> {
                refuse(settings, kind, List.of(DECAY, WARMUP, START, EVERY, VALIDATION, RATE, ANNEAL));
                yield new AveragingConfig(Averaging.none(), 0, 0);
            }
        };
    }

    private static void refuse(Settings settings, String kind, List<String> keys) {
        for (String key : keys) {
            settings.find(key).ifPresent(setting -> {
                throw new JavelinException(
                        "JVL-CFG-0077",
                        setting.place() + ": " + key + " has no effect with trainer.average=" + kind
                                + (key.equals(ANNEAL) && kind.equals("swa") ? " and no " + RATE : ""),
                        key.equals(ANNEAL) && kind.equals("swa")
                                ? "set " + RATE + " too, or leave it out"
                                : "leave it out, or set trainer.average to "
                                        + (key.equals(DECAY) || key.equals(WARMUP)
                                                ? "ema"
                                                : key.equals(RATE) || key.equals(ANNEAL) ? "swa" : "ema or swa"));
            });
        }
    }

    /** A schedule with the constant rate of the mean behind it, if one is set. */
    Schedule learningRates(Schedule before) {
        return learningRate > 0 ? Schedule.swa(before, averaging.start(), learningRate, annealSteps) : before;
    }

    /** Adds the keys that have an effect. */
    void addTo(SequencedMap<String, Object> trainer) {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        tree.put("average", averaging.kind().name().toLowerCase(Locale.ROOT));
        if (averaging.kind() == Averaging.Kind.EMA) {
            tree.put("averageDecay", averaging.decay());
            tree.put("averageWarmup", averaging.warmup());
        }
        if (averaging.active()) {
            tree.put("averageStart", averaging.start());
            tree.put("averageEvery", averaging.every());
            tree.put("averageValidation", averaging.validation().name().toLowerCase(Locale.ROOT));
        }
        if (learningRate > 0) {
            tree.put("averageLearningRate", learningRate);
            tree.put("averageAnnealSteps", annealSteps);
        }
        trainer.putAll(tree);
    }
}
