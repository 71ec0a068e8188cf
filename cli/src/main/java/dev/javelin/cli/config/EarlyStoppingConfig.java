package dev.javelin.cli.config;

import dev.javelin.api.trainer.EarlyStopping;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/** The settings {@code trainer.earlyStopping.KEY}. */
final class EarlyStoppingConfig {
    private static final String PREFIX = "trainer.earlyStopping.";

    private EarlyStoppingConfig() {}

    static EarlyStopping read(Settings settings) {
        String goal = settings.choice(PREFIX + "goal", "min", List.of("min", "max"));
        return EarlyStopping.after((int) settings.integer(PREFIX + "patience", 0, 0, Integer.MAX_VALUE))
                .withMinDelta(settings.number(PREFIX + "minDelta", 0, 0, Double.POSITIVE_INFINITY))
                .withMonitor(
                        settings.text(PREFIX + "monitor", EarlyStopping.VALIDATION_LOSS),
                        EarlyStopping.Goal.valueOf(goal.toUpperCase(Locale.ROOT)));
    }

    static void addTo(SequencedMap<String, Object> tree, EarlyStopping options) {
        SequencedMap<String, Object> own = new LinkedHashMap<>();
        own.put("patience", options.patience());
        own.put("minDelta", options.minDelta());
        own.put("monitor", options.monitor());
        own.put("goal", options.goal().name().toLowerCase(Locale.ROOT));
        tree.put("earlyStopping", own);
    }
}
