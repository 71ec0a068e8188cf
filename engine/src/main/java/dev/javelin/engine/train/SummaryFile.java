package dev.javelin.engine.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.FitResult;
import dev.javelin.api.trainer.RunReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/** {@code summary.json}: how a run ended. Numbers that are not finite become null. */
final class SummaryFile implements Callback {
    static final String FILE = "summary.json";
    private static final JsonMapper MAPPER = new JsonMapper();

    private final Path run;

    SummaryFile(Path run) {
        this.run = run;
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
        report(node, result.report());
        Path partial = run.resolve("." + FILE + ".partial");
        try {
            Files.writeString(partial, node.toPrettyString() + "\n");
            Files.move(partial, run.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0022",
                    "cannot write " + run.resolve(FILE).toAbsolutePath() + ": " + e,
                    "free space there, or give a folder that you may write to with trainer.out; checkpoints written"
                            + " before are whole, go on from them with --resume",
                    e);
        }
    }

    private static void report(ObjectNode node, RunReport report) {
        node.put("ending", report.ending().name().toLowerCase(Locale.ROOT)).put("reason", report.reason());
        ArrayNode best = node.putArray("best");
        for (RunReport.Kept kept : report.best()) {
            best.addObject()
                    .put("step", kept.step())
                    .put("validationLoss", kept.validationLoss())
                    .put("checkpoint", kept.folder().getFileName().toString());
        }
        ObjectNode throughput = node.putObject("throughput");
        number(throughput, "samplesPerSecond", report.throughput().samplesPerSecond());
        number(throughput, "flopsPerSecond", report.throughput().flopsPerSecond());
        number(throughput, "deviceShare", report.throughput().deviceShare());
        number(throughput, "dataShare", report.throughput().dataShare());
        node.put("spikes", report.spikeCount());
        node.put("skippedSteps", report.skippedSteps());
    }

    private static void number(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, value);
        } else {
            node.putNull(key);
        }
    }

    /** The summary of a run that ended; an empty object if there is none. */
    static JsonNode read(Path run) {
        try {
            return MAPPER.readTree(Files.readString(run.resolve(FILE)));
        } catch (IOException e) {
            return MAPPER.createObjectNode();
        }
    }
}
