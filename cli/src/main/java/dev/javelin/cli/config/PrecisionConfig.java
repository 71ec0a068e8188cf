package dev.javelin.cli.config;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.LossScaling;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.PrecisionPlan;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The settings of element types and loss scaling. */
final class PrecisionConfig {
    private static final String PRECISION = "trainer.precision";
    private static final String GRADIENTS = "trainer.gradientType";
    private static final String REDUCE = "trainer.reduceType";
    private static final String SLOTS = "trainer.optimizerType";
    private static final String WEIGHTS = "trainer.weights";
    private static final String SCALE = "trainer.lossScale";
    private static final String POWER = "trainer.initialScalePower";
    private static final String WINDOW = "trainer.lossScaleWindow";
    private static final String HYSTERESIS = "trainer.lossScaleHysteresis";
    private static final String CONSECUTIVE = "trainer.consecutiveHysteresis";
    private static final String MINIMUM = "trainer.minLossScale";
    private static final String DYNAMIC = "dynamic";
    private static final List<String> SCALING = List.of(SCALE, POWER, WINDOW, HYSTERESIS, CONSECUTIVE, MINIMUM);

    private static final Map<String, DType> TYPES = Map.of(
            "64", DType.FLOAT64,
            "32", DType.FLOAT32,
            "16", DType.FLOAT16,
            "bf16", DType.BFLOAT16);

    private PrecisionConfig() {}

    static Precision precision(Settings settings) {
        return located(settings, PRECISION, () -> Precision.of(settings.text(PRECISION, Precision.TRUE_32.label())));
    }

    /** The precision's types, with those that are set. */
    static PrecisionPlan types(Settings settings, Precision precision) {
        PrecisionPlan plan = precision.plan();
        PrecisionPlan gradients =
                located(settings, GRADIENTS, () -> plan.withGradAccum(type(settings, GRADIENTS, plan.gradAccum())));
        PrecisionPlan reduce =
                located(settings, REDUCE, () -> gradients.withReduce(type(settings, REDUCE, gradients.reduce())));
        PrecisionPlan slots = located(settings, SLOTS, () -> reduce.withSlots(type(settings, SLOTS, reduce.slots())));
        PrecisionPlan weights = located(settings, WEIGHTS, () -> slots.withWeights(weights(settings, plan)));
        return weights.withScaling(scaling(settings, precision));
    }

    private static DType type(Settings settings, String key, DType usual) {
        return Objects.requireNonNull(TYPES.get(settings.choice(key, text(usual), TYPES.keySet())));
    }

    private static String text(DType type) {
        return TYPES.entrySet().stream()
                .filter(entry -> entry.getValue() == type)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    private static PrecisionPlan.Weights weights(Settings settings, PrecisionPlan plan) {
        if (settings.has(WEIGHTS) && !plan.mixed()) {
            throw new JavelinException(
                    "JVL-CFG-0032",
                    WEIGHTS + " is set in a run whose products read the parameters themselves",
                    "leave it out, or use precision bf16-mixed or 16-mixed");
        }
        List<String> names = Stream.of(PrecisionPlan.Weights.values())
                .map(PrecisionConfig::name)
                .toList();
        String text = settings.choice(WEIGHTS, name(plan.weights()), names);
        return PrecisionPlan.Weights.valueOf(text.toUpperCase(Locale.ROOT));
    }

    private static String name(PrecisionPlan.Weights weights) {
        return weights.name().toLowerCase(Locale.ROOT);
    }

    private static LossScaling scaling(Settings settings, Precision precision) {
        LossScaling usual = precision.plan().scaling();
        if (!usual.active()) {
            refuse(
                    settings,
                    SCALING,
                    "in a run of precision " + precision.label(),
                    "scale losses with precision 16-mixed or 16-true only: other types hold small gradients");
            return usual;
        }
        boolean dynamic = settings.text(SCALE, DYNAMIC).equals(DYNAMIC);
        double fixed = dynamic ? 0 : settings.number(SCALE, 0, 0, LossScaling.MOST);
        int hysteresis = (int) settings.integer(HYSTERESIS, usual.hysteresis(), 1, 1_000_000);
        if (fixed > 0) {
            refuse(settings, List.of(POWER, WINDOW, CONSECUTIVE, MINIMUM), "with a fixed " + SCALE, "leave it out");
            return LossScaling.fixed(fixed).withHysteresis(hysteresis);
        }
        int power = (int) settings.integer(POWER, 16, -60, 64);
        double initial = Math.scalb(1.0, power);
        return LossScaling.dynamic()
                .withInitialPower(power)
                .withWindow(settings.integer(WINDOW, usual.window(), 1, Long.MAX_VALUE))
                .withHysteresis(hysteresis)
                .withConsecutive(settings.flag(CONSECUTIVE, usual.consecutive()))
                .withMinimum(settings.number(
                        MINIMUM, Math.min(usual.minimum(), initial), Double.MIN_NORMAL, Math.nextUp(initial)));
    }

    private static void refuse(Settings settings, List<String> keys, String where, String remedy) {
        keys.stream().flatMap(key -> settings.find(key).stream()).findFirst().ifPresent(setting -> {
            throw new JavelinException("JVL-CFG-0033", setting.key() + " is set " + where, remedy).at(setting.place());
        });
    }

    private static <T> T located(Settings settings, String key, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (JavelinException e) {
            throw settings.find(key).map(setting -> e.at(setting.place())).orElse(e);
        }
    }

    /** Adds the settings that differ from the precision's, to be read again. */
    static void addTo(Map<String, Object> tree, Precision precision, PrecisionPlan types) {
        PrecisionPlan usual = precision.plan();
        tree.put("precision", precision.label());
        if (types.gradAccum() != usual.gradAccum()) {
            tree.put("gradientType", text(types.gradAccum()));
        }
        if (types.reduce() != usual.reduce()) {
            tree.put("reduceType", text(types.reduce()));
        }
        if (types.slots() != usual.slots()) {
            tree.put("optimizerType", text(types.slots()));
        }
        if (types.weights() != usual.weights()) {
            tree.put("weights", name(types.weights()));
        }
        LossScaling scaling = types.scaling();
        if (scaling.kind() == LossScaling.Kind.FIXED) {
            tree.put("lossScale", scaling.initial());
            tree.put("lossScaleHysteresis", scaling.hysteresis());
        } else if (scaling.active()) {
            tree.put("initialScalePower", Math.getExponent(scaling.initial()));
            tree.put("lossScaleWindow", scaling.window());
            tree.put("lossScaleHysteresis", scaling.hysteresis());
            tree.put("consecutiveHysteresis", scaling.consecutive());
            tree.put("minLossScale", scaling.minimum());
        }
    }
}
