package dev.javelin.engine.log;

import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.trainer.TrainerOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** What a run was started with, for people to read. */
final class Hyperparameters {
    private Hyperparameters() {}

    static SequencedMap<String, String> of(TrainerOptions options) {
        SequencedMap<String, String> all = new LinkedHashMap<>();
        all.put("seed", Long.toString(options.seed()));
        all.put("batch", Long.toString(options.batch()));
        all.put("micro-batches of a step", Integer.toString(options.accumulation()));
        all.put("steps", Long.toString(options.maxSteps()));
        all.put("precision", options.precision().label());
        if (options.types().scaling().active()) {
            all.put("loss scaling", options.types().scaling().toString());
        }
        for (long step : new long[] {1, Math.max(1, options.maxSteps() / 2), options.maxSteps()}) {
            all.put(
                    "learning rate of step " + step,
                    Double.toString(options.schedule().learningRate(step, options.maxSteps())));
        }
        for (ParameterGroup group : options.optimizer()) {
            all.put("optimizer of " + group.name(), group.optimizer().toString());
        }
        all.put("clipping", options.clipping().toString());
        all.put("strategy", options.strategy().toString());
        all.put("accelerator", options.accelerator().toString());
        all.put("ranks", Integer.toString(options.ranks().count()));
        return all;
    }

    /** As a table in Markdown. */
    static String markdown(TrainerOptions options) {
        StringBuilder table = new StringBuilder("| setting | value |\n|---|---|\n");
        for (Map.Entry<String, String> row : of(options).entrySet()) {
            table.append("| ")
                    .append(row.getKey())
                    .append(" | ")
                    .append(row.getValue().replace("|", "\\|"))
                    .append(" |\n");
        }
        return table.toString();
    }
}
