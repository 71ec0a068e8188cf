package dev.javelin.engine.log;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.trainer.Communication;
import dev.javelin.api.trainer.Spike;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.StepWork;
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
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code metrics.jsonl}: one object a step and one for each validation, flushed line by line. Numbers that are not finite
 * become null.
 */
public final class JsonLinesLog extends LogFile {
    /** Its name in the folder. */
    public static final String FILE = "metrics.jsonl";

    private static final JsonMapper MAPPER = new JsonMapper();

    private @Nullable BufferedWriter writer;

    public JsonLinesLog(Path folder) {
        super(folder);
    }

    @Override
    double begin(long afterStep) throws IOException {
        Path file = folder().resolve(FILE);
        Files.createDirectories(folder());
        double seconds = Files.exists(file) ? cut(file, afterStep) : 0;
        writer = Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return seconds;
    }

    /** Keeps the rows up to a step, in a new file that then takes the old one's place; returns their last time. */
    private static double cut(Path file, long afterStep) throws IOException {
        Path kept = file.resolveSibling("." + FILE + ".partial");
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
        StepWork work = metrics.work();
        row.put("firstSample", work.firstSample());
        ObjectNode throughput = row.putObject("throughput");
        number(throughput, "samplesPerSecond", work.samplesPerSecond());
        number(throughput, "flopsPerSecond", work.flopsPerSecond());
        number(throughput, "deviceShare", work.deviceShare());
        number(throughput, "dataShare", work.dataShare());
        metrics.scaling().ifPresent(scaling -> {
            number(row, "lossScale", scaling.scale());
            row.put("skipped", scaling.skipped()).put("skippedSteps", scaling.skippedSteps());
        });
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
    public void onSpike(Spike spike) {
        ObjectNode row = MAPPER.createObjectNode().put("step", spike.step());
        ObjectNode node = row.putObject("spike").put("quantity", spike.quantity());
        number(node, "value", spike.value());
        number(node, "median", spike.median());
        node.put("firstSample", spike.firstSample()).put("samples", spike.samples());
        spike.rows().forEach(node.putArray("rows")::add);
        write(row);
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
        BufferedWriter target = Objects.requireNonNull(writer);
        attempt(() -> {
            target.write(row.toString());
            target.write('\n');
            target.flush();
        });
    }

    @Override
    void end() throws IOException {
        Objects.requireNonNull(writer).close();
    }
}
