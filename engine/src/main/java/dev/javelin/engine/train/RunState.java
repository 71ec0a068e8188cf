package dev.javelin.engine.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.JavelinException;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.EarlyStopping;
import dev.javelin.api.trainer.LossScaling;
import dev.javelin.api.trainer.SpikeOptions;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.api.trainer.ValidationMetrics;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.run.LossScale;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Where a run stands besides its tensors.
 *
 * @param step optimizer steps done
 * @param samples rows consumed by them: the position in the data
 * @param loss of the last step; NaN before the first
 * @param validationLoss if it was measured after the last step
 * @param patience how long no validation has been better
 * @param window the steps that the next one is held against
 * @param scale of the loss
 */
record RunState(
        long step,
        long samples,
        double loss,
        OptionalDouble validationLoss,
        Patience patience,
        SpikeWindow window,
        LossScale scale) {
    private static final String AVERAGING = "averaging";
    private static final String SCALE = "lossScale";

    static RunState start(LossScaling scaling) {
        return new RunState(
                0,
                0,
                Double.NaN,
                OptionalDouble.empty(),
                Patience.fresh(),
                SpikeWindow.empty(),
                LossScale.begin(scaling));
    }

    RunState afterStep(long rows, double stepLoss, double gradientNorm, SpikeOptions spikes) {
        return new RunState(
                step + 1,
                samples + rows,
                stepLoss,
                OptionalDouble.empty(),
                patience,
                window.after(stepLoss, gradientNorm, spikes),
                scale.after(true));
    }

    /** After a step whose scaled gradients overflowed: it has used its rows and changed no weight. */
    RunState afterSkipped(long rows, double stepLoss) {
        return new RunState(
                step + 1,
                samples + rows,
                Double.isFinite(stepLoss) ? stepLoss : loss,
                OptionalDouble.empty(),
                patience,
                window,
                scale.after(false));
    }

    RunState afterValidation(ValidationMetrics metrics, EarlyStopping earlyStopping) {
        OptionalDouble value = OptionalDouble.of(metrics.loss());
        return new RunState(step, samples, loss, value, patience.after(metrics, earlyStopping), window, scale);
    }

    /**
     * The state object of a checkpoint.
     *
     * @param data the training data
     * @param notes of whoever started the run, kept under {@code run}
     */
    ObjectNode encode(TrainerOptions options, DataPrint data, ObjectNode notes) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        SampleOrder order = new SampleOrder(options.seed(), data.rows());
        node.put("seed", options.seed());
        node.put("samples", samples);
        node.put("epoch", order.epoch(samples)).put("index", order.index(samples));
        node.put("rows", data.rows()).put("dataCrc32c", data.crc());
        node.put("batch", options.batch()).put("accumulation", options.accumulation());
        node.put("precision", options.precision().label());
        node.put("strategy", options.strategy().name());
        node.put("maxSteps", options.maxSteps());
        node.put("learningRate", options.schedule().learningRate(Math.max(1, step), options.maxSteps()));
        node.put("loss", loss);
        if (scale.settings().active() || scale.skipped() > 0) {
            node.putObject(SCALE)
                    .put("scale", scale.scale())
                    .put("goodSteps", scale.good())
                    .put("hysteresisLeft", scale.left())
                    .put("skippedSteps", scale.skipped());
        }
        if (options.averaging().active()) {
            node.put(AVERAGING, averaging(options.averaging()));
        }
        validationLoss.ifPresent(value -> node.put("validationLoss", value));
        node.set("earlyStopping", patience.encode(options.earlyStopping()));
        node.set("spikes", window.encode());
        var groups = node.putArray("optimizer");
        options.optimizer()
                .forEach(group -> groups.addObject()
                        .put("group", group.name())
                        .put("rule", group.optimizer().name()));
        node.set("run", notes);
        return node;
    }

    /**
     * The state of a checkpoint, to go on from with these options.
     *
     * @throws JavelinException {@code JVL-CKP-0030} if the options could not continue it as it was: another seed,
     *     other data or another update rule; {@code 0032} if the mean of weights that it asks for should have begun before
     */
    static RunState decode(Checkpoint checkpoint, TrainerOptions options, DataPrint data) {
        ObjectNode node = checkpoint.state();
        requireSame(checkpoint, "trainer.seed", node.path("seed").asLong(), options.seed());
        requireSame(checkpoint, "rows of training data", node.path("rows").asLong(), data.rows());
        requireSame(
                checkpoint, "training data of checksum", node.path("dataCrc32c").asLong(), data.crc());
        requireSame(checkpoint, "optimizer", rules(node), rules(options));
        requireSameMean(checkpoint, options.averaging());
        JsonNode validation = node.path("validationLoss");
        return new RunState(
                checkpoint.step(),
                node.path("samples").asLong(),
                node.path("loss").asDouble(Double.NaN),
                validation.isNumber() ? OptionalDouble.of(validation.doubleValue()) : OptionalDouble.empty(),
                Patience.decode(node.path("earlyStopping"), options.earlyStopping()),
                SpikeWindow.decode(node.path("spikes")),
                scale(node.path(SCALE), options.types().scaling()));
    }

    /** The scale of a run that scaled losses too, within what is set now; a fixed one is what is set. */
    private static LossScale scale(JsonNode stored, LossScaling settings) {
        long skipped = stored.path("skippedSteps").asLong(0);
        LossScale begin = LossScale.begin(settings);
        if (!stored.path("scale").isNumber() || settings.kind() != LossScaling.Kind.DYNAMIC) {
            return new LossScale(settings, begin.scale(), 0, begin.left(), skipped);
        }
        return new LossScale(
                settings,
                Math.max(stored.path("scale").doubleValue(), settings.minimum()),
                stored.path("goodSteps").asLong(),
                Math.clamp(stored.path("hysteresisLeft").asInt(1), 1, settings.hysteresis()),
                skipped);
    }

    /** What the values of an average depend on, besides the weights. */
    private static String averaging(Averaging averaging) {
        return averaging.kind() + " from step " + averaging.start() + ", every " + averaging.every();
    }

    /** An exponential average forgets how it began; a mean over steps must have seen them all. */
    private static void requireSameMean(Checkpoint checkpoint, Averaging averaging) {
        String stored = checkpoint.state().path(AVERAGING).asText("none");
        if (averaging.kind() == Averaging.Kind.SWA
                && checkpoint.step() >= averaging.start()
                && !stored.equals(averaging(averaging))) {
            throw new JavelinException(
                    "JVL-CKP-0032",
                    checkpoint.folder() + " was written with the average: " + stored + ", this run asks for "
                            + averaging(averaging) + ", which would have begun before",
                    "set trainer.averageStart to " + (checkpoint.step() + 1)
                            + " or later, or keep the average that the run had");
        }
    }

    private static List<String> rules(ObjectNode node) {
        List<String> rules = new ArrayList<>();
        node.path("optimizer").forEach(group -> rules.add(group.path("rule").asText()));
        return rules.stream().distinct().sorted().toList();
    }

    private static List<String> rules(TrainerOptions options) {
        return options.optimizer().stream()
                .map(ParameterGroup::optimizer)
                .map(optimizer -> optimizer.name())
                .distinct()
                .sorted()
                .toList();
    }

    private static void requireSame(Checkpoint checkpoint, String what, Object stored, Object wanted) {
        if (!stored.equals(wanted)) {
            throw new JavelinException(
                    "JVL-CKP-0030",
                    checkpoint.folder() + " was written with " + what + " " + stored + ", this run has " + wanted,
                    "resume with the same " + what + ", or start a new run");
        }
    }
}
