package dev.javelin.engine.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.Communication;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.ValidationMetrics;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a run writes about itself: {@code metrics.jsonl}, one object a step and one for each validation, flushed line by
 * line; and {@code summary.json} at the end. Numbers that are not finite become null.
 */
final class MetricsFile implements Callback, AutoCloseable {
    static final String METRICS = "metrics.jsonl";
    static final String SUMMARY = "summary.json";
    private static final JsonMapper MAPPER = new JsonMapper();

    private final Path run;
    private final BufferedWriter writer;
    private final double secondsBefore;

    private MetricsFile(Path run, BufferedWriter writer, double secondsBefore) {
        this.run = run;
        this.writer = writer;
        this.secondsBefore = secondsBefore;
    }

    /**
     * Opens a run's metrics for appending, after cutting off what lies behind a step: rows of later steps, and a last
     * line that is not whole.
     *
     * @throws JavelinException {@code JVL-CKP-0022} if the file cannot be written
     */
    static MetricsFile open(Path run, long afterStep) {
        Path file = run.resolve(METRICS);
        try {
            Files.createDirectories(run);
            double seconds = Files.exists(file) ? cut(file, afterStep) : 0;
            BufferedWriter writer = Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            return new MetricsFile(run, writer, seconds);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    /** Keeps the rows up to a step, in a new file that then takes the old one's place; returns their last time. */
    private static double cut(Path file, long afterStep) throws IOException {
        Path kept = file.resolveSibling("." + METRICS + ".partial");
        double seconds = 0;
        try (BufferedReader reader = Files.newBufferedReader(file);
                BufferedWriter writer = Files.newBufferedWriter(kept)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                ObjectNode row = row(line);
                if (row == null || row.path("step").asLong(Long.MAX_VALUE) > afterStep) {
                    break;
                }
                seconds = row.path("elapsedSeconds").asDouble(seconds);
                writer.write(line);
                writer.write('\n');
            }
        } catch (MalformedInputException e) {
            throw new IOException("it holds bytes that are no text", e);
        }
        Files.move(kept, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return seconds;
    }

    private static @Nullable ObjectNode row(String line) {
        try {
            return MAPPER.readTree(line) instanceof ObjectNode object ? object : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** Seconds that the run had taken before this process. */
    double secondsBefore() {
        return secondsBefore;
    }

    @Override
    public boolean onStep(StepMetrics metrics) {
        ObjectNode row = MAPPER.createObjectNode();
        row.put("step", metrics.step());
        number(row, "loss", metrics.loss());
        number(row, "gradNorm", metrics.gradientNorm());
        number(row, "lr", metrics.learningRate());
        number(row, "tokensPerSecond", metrics.tokensPerSecond());
        row.put("deviceBytes", metrics.deviceBytes());
        number(row, "elapsedSeconds", metrics.elapsedSeconds());
        communication(row, metrics.communication());
        logged(row, metrics.logged());
        write(row);
        return true;
    }

    /** What the first rank sent: payload bytes, those of scalars apart, and seconds. */
    private static void communication(ObjectNode row, Communication sent) {
        if (sent.parts().isEmpty()) {
            return;
        }
        ObjectNode node = row.putObject("communication");
        node.put("sentBytes", sent.bytes()).put("scalarBytes", sent.scalarBytes());
        number(node, "seconds", sent.seconds());
        number(node, "exposedSeconds", sent.exposedSeconds());
        ArrayNode units = node.putArray("units");
        for (Communication.Part part : sent.parts()) {
            ObjectNode unit = units.addObject().put("unit", part.unit()).put("collective", part.collective());
            unit.put("calls", part.calls()).put("bytes", part.bytes());
            number(unit, "seconds", part.seconds());
        }
    }

    @Override
    public void onValidation(ValidationMetrics metrics) {
        ObjectNode row = MAPPER.createObjectNode().put("step", metrics.step());
        number(row, "validationLoss", metrics.loss());
        logged(row, metrics.logged());
        write(row);
    }

    private static void logged(ObjectNode row, Map<String, Double> values) {
        if (!values.isEmpty()) {
            ObjectNode logged = row.putObject("logged");
            new TreeMap<>(values).forEach((name, value) -> number(logged, name, value));
        }
    }

    private static void number(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, value);
        } else {
            node.putNull(key);
        }
    }

    private void write(ObjectNode row) {
        try {
            writer.write(row.toString());
            writer.write('\n');
            writer.flush();
        } catch (IOException e) {
            throw unwritable(run.resolve(METRICS), e);
        }
    }

    @Override
    public void onEnd(FitResult result) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("parameters", result.parameters());
        node.put("steps", result.steps());
        number(node, "finalLoss", result.finalLoss());
        number(node, "validationLoss", result.validationLoss().orElse(Double.NaN));
        number(node, "tokensPerSecondMedian", result.tokensPerSecondMedian());
        node.put("predictedPeakDeviceBytes", result.predictedPeakDeviceBytes());
        node.put("measuredPeakDeviceBytes", result.measuredPeakDeviceBytes());
        number(node, "wallSeconds", result.wallSeconds());
        Path partial = run.resolve("." + SUMMARY + ".partial");
        try {
            Files.writeString(partial, node.toPrettyString() + "\n");
            Files.move(
                    partial, run.resolve(SUMMARY), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw unwritable(run.resolve(SUMMARY), e);
        }
    }

    /** The summary of a run that ended; an empty object if there is none. */
    static JsonNode summary(Path run) {
        try {
            return MAPPER.readTree(Files.readString(run.resolve(SUMMARY)));
        } catch (IOException e) {
            return MAPPER.createObjectNode();
        }
    }

    private static JavelinException unwritable(Path file, IOException cause) {
        return new JavelinException(
                "JVL-CKP-0022",
                "cannot write " + file.toAbsolutePath() + ": " + cause,
                "free space there, or give a folder that you may write to with trainer.out; checkpoints written before"
                        + " are whole, go on from them with --resume",
                cause);
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            throw unwritable(run.resolve(METRICS), e);
        }
    }
}
