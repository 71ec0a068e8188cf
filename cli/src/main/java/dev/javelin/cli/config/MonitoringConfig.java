package dev.javelin.cli.config;

import dev.javelin.api.trainer.Monitoring;
import dev.javelin.api.trainer.RunLog;
import dev.javelin.api.trainer.SpikeOptions;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/** The settings {@code trainer.KEY} of what a run tells about itself. */
final class MonitoringConfig {
    private static final List<String> LOGS =
            Stream.of(RunLog.values()).map(RunLog::label).toList();

    private MonitoringConfig() {}

    static Monitoring read(Settings settings) {
        Set<RunLog> logs = EnumSet.noneOf(RunLog.class);
        for (String word : settings.words("trainer.loggers", LOGS, LOGS)) {
            logs.add(RunLog.values()[LOGS.indexOf(word)]);
        }
        SpikeOptions standard = SpikeOptions.standard();
        int window = (int) settings.integer("trainer.spikes.window", standard.window(), 0, 10_000);
        double factor = settings.number("trainer.spikes.factor", standard.factor(), 0, Double.POSITIVE_INFINITY);
        return Monitoring.standard().withLogs(logs).withSpikes(new SpikeOptions(window, factor));
    }

    static void addTo(SequencedMap<String, Object> tree, Monitoring monitoring) {
        List<String> labels = monitoring.logs().stream().map(RunLog::label).toList();
        tree.put("loggers", labels.isEmpty() ? "none" : String.join(", ", labels));
        SequencedMap<String, Object> spikes = new LinkedHashMap<>();
        spikes.put("window", monitoring.spikes().window());
        spikes.put("factor", monitoring.spikes().factor());
        tree.put("spikes", spikes);
    }
}
