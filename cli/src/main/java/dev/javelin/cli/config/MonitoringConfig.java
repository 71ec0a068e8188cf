package dev.javelin.cli.config;

import dev.javelin.api.trainer.Monitoring;
import dev.javelin.api.trainer.RunLog;
import java.util.EnumSet;
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
        return Monitoring.standard().withLogs(logs);
    }

    static void addTo(SequencedMap<String, Object> tree, Monitoring monitoring) {
        List<String> labels = monitoring.logs().stream().map(RunLog::label).toList();
        tree.put("loggers", labels.isEmpty() ? "none" : String.join(", ", labels));
    }
}
