package dev.javelin.api.trainer;

import dev.javelin.api.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A model as a run will train it: its layers, what they hold and give, and what the plan needs. Nothing is allocated to
 * know it.
 *
 * @param layers all layers below the model's root, depth first; a parameter that several layers share counts at its first
 *     place
 * @param parameters number of elements
 * @param trainable of these, how many are updated
 * @param stateBytes of everything that lives from step to step on a rank's device
 * @param temporaryBytes of everything else on it
 * @param flops floating-point operations of the kernels of a step on one rank, as the accelerator counts them
 */
public record ModelSummary(
        List<Row> layers, long parameters, long trainable, long stateBytes, long temporaryBytes, double flops) {
    /** Takes layers of every depth. */
    public static final int ALL = -1;

    private static final List<String> HEAD =
            List.of("layer", "type", "output", "parameters", "trainable", "stored bytes");

    public ModelSummary {
        layers = List.copyOf(layers);
    }

    /**
     * A layer with all below it.
     *
     * @param depth 1 for the children of the root
     * @param type the simple name of its class
     * @param output of its last use in the training step, for a rank's micro-batch; null if the step does not use it
     * @param storedBytes of its parameters in a checkpoint: weights, optimizer state, averages
     */
    public record Row(
            String path,
            int depth,
            String type,
            @Nullable TensorType output,
            long parameters,
            long trainable,
            long storedBytes) {}

    /** No layers. */
    public static ModelSummary none() {
        return new ModelSummary(List.of(), 0, 0, 0, 0, 0);
    }

    /** What a rank allocates on its device at most: exact, not an estimate. */
    public long peakDeviceBytes() {
        return stateBytes + temporaryBytes;
    }

    /** The layers down to a depth; {@link #ALL} for all. */
    public List<Row> layers(int depth) {
        return layers.stream().filter(row -> depth == ALL || row.depth <= depth).toList();
    }

    /**
     * A table for people, with totals below it.
     *
     * @param depth of the deepest layers to show; {@link #ALL} for all
     */
    public String text(int depth) {
        List<List<String>> rows = new ArrayList<>(List.of(HEAD));
        for (Row row : layers(depth)) {
            rows.add(List.of(
                    row.path,
                    row.type,
                    row.output == null ? "" : row.output.shape().toString(),
                    count(row.parameters),
                    count(row.trainable),
                    count(row.storedBytes)));
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < HEAD.size(); i++) {
                int column = i;
                int width = rows.stream()
                        .mapToInt(each -> each.get(column).length())
                        .max()
                        .orElse(0);
                String padding = " ".repeat(width - row.get(i).length());
                line.append(i < 3 ? row.get(i) + padding : padding + row.get(i)).append("  ");
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.append(totals()).toString();
    }

    private String totals() {
        return String.format(
                Locale.ROOT,
                "%,d parameters, %,d of them trainable; %,.3g GFLOP a step%n"
                        + "device memory: %,d bytes = %,d of state + %,d of temporaries%n",
                parameters,
                trainable,
                flops / 1e9,
                peakDeviceBytes(),
                stateBytes,
                temporaryBytes);
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
