package dev.javelin.engine.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.trainer.Spike;
import dev.javelin.api.trainer.SpikeOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The losses and gradient norms of the last steps, against which the next one is held: a part of a run's state, so that a
 * resumed run reports what an uninterrupted one would.
 *
 * <p>The spread is the median absolute deviation times 1.4826, which for normal values estimates their standard deviation.
 * Source: Leys and others, "Detecting outliers: Do not use standard deviation around the mean, use absolute deviation around
 * the median", Journal of Experimental Social Psychology 49 (2013); the floor of the spread is ours.
 */
record SpikeWindow(List<Double> losses, List<Double> norms) {
    private static final int FEWEST = 8;
    private static final double NORMAL = 1.4826;
    private static final double FLOOR = 0.05;

    SpikeWindow {
        losses = List.copyOf(losses);
        norms = List.copyOf(norms);
    }

    static SpikeWindow empty() {
        return new SpikeWindow(List.of(), List.of());
    }

    /** The window with one more step. */
    SpikeWindow after(double loss, double norm, SpikeOptions options) {
        return options.window() == 0
                ? empty()
                : new SpikeWindow(moved(losses, loss, options), moved(norms, norm, options));
    }

    private static List<Double> moved(List<Double> values, double next, SpikeOptions options) {
        List<Double> moved = new ArrayList<>(values);
        moved.add(next);
        return moved.subList(Math.max(0, moved.size() - options.window()), moved.size());
    }

    /** The median of the losses before, if a loss stands out from them. */
    OptionalDouble lossStandsOut(double loss, SpikeOptions options) {
        return standsOut(losses, loss, options);
    }

    /** The median of the gradient norms before, if one stands out from them. */
    OptionalDouble normStandsOut(double norm, SpikeOptions options) {
        return standsOut(norms, norm, options);
    }

    private static OptionalDouble standsOut(List<Double> before, double value, SpikeOptions options) {
        if (options.window() == 0 || before.size() < FEWEST) {
            return OptionalDouble.empty();
        }
        double median = median(before.stream().mapToDouble(Double::doubleValue).toArray());
        double spread = NORMAL
                * median(before.stream()
                        .mapToDouble(each -> Math.abs(each - median))
                        .toArray());
        double least = Math.max(spread, FLOOR * Math.abs(median));
        return value - median > options.factor() * least ? OptionalDouble.of(median) : OptionalDouble.empty();
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
    }

    ObjectNode encode() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        losses.forEach(node.putArray(Spike.LOSS)::add);
        norms.forEach(node.putArray(Spike.GRADIENT_NORM)::add);
        return node;
    }

    static SpikeWindow decode(JsonNode node) {
        return new SpikeWindow(numbers(node.path(Spike.LOSS)), numbers(node.path(Spike.GRADIENT_NORM)));
    }

    private static List<Double> numbers(JsonNode array) {
        List<Double> numbers = new ArrayList<>();
        if (array instanceof ArrayNode) {
            array.forEach(number -> numbers.add(number.asDouble()));
        }
        return numbers;
    }
}
