package dev.javelin.engine.log;

import dev.javelin.api.trainer.RunLog;
import dev.javelin.api.trainer.TrainerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The logs in a run's folder, opened together and closed together. */
public final class RunLogs implements AutoCloseable {
    private final List<LogFile> logs;
    private final double secondsBefore;

    private RunLogs(List<LogFile> logs, double secondsBefore) {
        this.logs = logs;
        this.secondsBefore = secondsBefore;
    }

    /**
     * Opens the logs that the options name, each cut off behind a step.
     *
     * @param config text of the run's configuration, for people; null for none
     * @throws dev.javelin.api.JavelinException {@code JVL-CKP-0022} if one cannot be written
     */
    public static RunLogs open(Path run, TrainerOptions options, @Nullable String config, long afterStep) {
        List<LogFile> logs = new ArrayList<>();
        double seconds = 0;
        try {
            for (RunLog log : options.monitoring().logs()) {
                LogFile file = file(log, run, options, config);
                logs.add(file);
                seconds = Math.max(seconds, file.open(afterStep));
            }
        } catch (RuntimeException e) {
            logs.forEach(LogFile::close);
            throw e;
        }
        return new RunLogs(logs, seconds);
    }

    private static LogFile file(RunLog log, Path run, TrainerOptions options, @Nullable String config) {
        return switch (log) {
            case JSONL -> new JsonLinesLog(run);
            case CSV -> new CsvLog(run);
            case TENSORBOARD -> new TensorBoardLog(run, texts(options, config));
        };
    }

    private static Map<String, String> texts(TrainerOptions options, @Nullable String config) {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("hyperparameters", Hyperparameters.markdown(options));
        if (config != null) {
            texts.put("config", config.indent(4));
        }
        return texts;
    }

    /** True if a folder holds a log of a run. */
    public static boolean in(Path folder) {
        try {
            return Files.exists(folder.resolve(JsonLinesLog.FILE))
                    || Files.exists(folder.resolve(CsvLog.FILE))
                    || !TensorBoardLog.files(folder).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    /** Removes a run's logs; other files stay. */
    public static void remove(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve(JsonLinesLog.FILE));
        Files.deleteIfExists(folder.resolve(CsvLog.FILE));
        for (Path file : TensorBoardLog.files(folder)) {
            Files.delete(file);
        }
    }

    /** In the order in which they are written. */
    public List<LogFile> all() {
        return logs;
    }

    /** Seconds that the run had taken before this process, as far as a log tells. */
    public double secondsBefore() {
        return secondsBefore;
    }

    @Override
    public void close() {
        logs.forEach(LogFile::close);
    }
}
