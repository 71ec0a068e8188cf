package dev.javelin.engine.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.EarlyStopping;
import dev.javelin.api.trainer.ValidationMetrics;
import java.util.Locale;
import java.util.TreeSet;

/**
 * How long a run has waited for a better validation: a part of its state, so that a resumed run stops where it would have
 * stopped. Validation metrics are the same on all ranks, so all come to the same count.
 *
 * @param best of what is watched; NaN before the first validation
 * @param bestStep the step after which it was measured
 * @param waited validations in a row since then
 */
record Patience(double best, long bestStep, int waited) {

    static Patience fresh() {
        return new Patience(Double.NaN, 0, 0);
    }

    /**
     * The state after a validation.
     *
     * @throws JavelinException {@code JVL-CFG-0092} if the module logs nothing of the name that is watched
     */
    Patience after(ValidationMetrics metrics, EarlyStopping options) {
        double value = watched(metrics, options.monitor());
        boolean lower = options.goal() == EarlyStopping.Goal.MIN;
        double gain = lower ? best - value : value - best;
        if (Double.isNaN(best) || gain > options.minDelta()) {
            return new Patience(value, metrics.step(), 0);
        }
        return new Patience(best, bestStep, waited + 1);
    }

    private static double watched(ValidationMetrics metrics, String monitor) {
        if (monitor.equals(EarlyStopping.VALIDATION_LOSS)) {
            return metrics.loss();
        }
        Double value = metrics.logged().get(monitor);
        if (value == null) {
            throw new JavelinException(
                    "JVL-CFG-0092",
                    "early stopping watches '" + monitor + "', but the module's validation step logs "
                            + (metrics.logged().isEmpty()
                                    ? "nothing"
                                    : "only " + new TreeSet<>(metrics.logged().keySet())),
                    "watch " + EarlyStopping.VALIDATION_LOSS + " (trainer.earlyStopping.monitor), or log that name");
        }
        return value;
    }

    /** True if the run shall end. */
    boolean exhausted(EarlyStopping options) {
        return options.active() && waited >= options.patience();
    }

    /** Why it ended. */
    String reason(EarlyStopping options) {
        return String.format(
                Locale.ROOT,
                "%s got no better in %d validations since step %,d, where it was %.4f",
                options.monitor(),
                waited,
                bestStep,
                best);
    }

    /** For a checkpoint, with what it is about. */
    ObjectNode encode(EarlyStopping options) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("monitor", options.monitor()).put("goal", options.goal().name());
        return node.put("best", best).put("bestStep", bestStep).put("waited", waited);
    }

    /** From a checkpoint; fresh if it is about something else. */
    static Patience decode(JsonNode node, EarlyStopping options) {
        boolean same = node.path("monitor").asText().equals(options.monitor())
                && node.path("goal").asText().equals(options.goal().name());
        return same
                ? new Patience(
                        node.path("best").asDouble(Double.NaN),
                        node.path("bestStep").asLong(),
                        node.path("waited").asInt())
                : fresh();
    }
}
