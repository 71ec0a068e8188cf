package dev.javelin.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.config.Setting;
import dev.javelin.cli.run.Job;
import dev.javelin.cli.run.Predictor;
import dev.javelin.cli.run.StoredConfig;
import dev.javelin.cli.run.TableSource;
import dev.javelin.data.table.ClassTarget;
import dev.javelin.data.table.NumberTarget;
import dev.javelin.data.table.TableRows;
import dev.javelin.data.table.TableSchema;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.models.MlpSpec;
import dev.javelin.spi.device.Accelerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads a table batch by batch, predicts its rows and writes it with the predictions. */
final class Predicting {
    private static final int BATCH = 256;

    private final PluginRegistry plugins;
    private final Console console;

    Predicting(PluginRegistry plugins, Console console) {
        this.plugins = plugins;
        this.console = console;
    }

    /**
     * Predicts a whole table; the result as an object.
     *
     * @param out null writes to the console
     * @param device settings of the accelerator that are laid over those of the run
     * @throws JavelinException {@code JVL-CKP-...} for a checkpoint of another kind of model, {@code JVL-DAT-...} for a
     *     table that does not fit it, {@code JVL-CFG-0081} if the file cannot be written
     */
    Map<String, Object> run(Path from, Path data, @Nullable Path out, boolean overwrite, List<Setting> device) {
        if (out != null && Files.exists(out) && !overwrite) {
            throw unwritable(out, "it exists", null);
        }
        try (Checkpoint checkpoint = Checkpoint.open(from)) {
            RunConfig config = StoredConfig.read(checkpoint, device);
            TableSchema schema = TableSource.schema(checkpoint);
            if (!(config.model() instanceof MlpSpec spec)) {
                throw new JavelinException(
                        "JVL-CKP-0042",
                        checkpoint.folder() + " holds a model of family '"
                                + config.model().family() + "', which predicts no tables",
                        "use the checkpoint of an mlp model; text is continued by javelin generate");
            }
            Job job = new Job(config, plugins);
            char delimiter = Objects.requireNonNull(config.data().table()).delimiterCharacter();
            try (Accelerator accelerator = job.accelerator().open(job.acceleratorOptions());
                    Predictor predictor = new Predictor(
                            spec, BATCH, config.trainer().types(), job.strategy(), accelerator, checkpoint);
                    TableRows rows = new TableRows(data, schema, delimiter)) {
                Predictions predictions = new Predictions(schema, predictor);
                write(rows, predictions, out);
                return report(rows, predictions, checkpoint, out);
            }
        }
    }

    /** A file gets its name once it is whole. */
    private void write(TableRows rows, Predictions predictions, @Nullable Path out) {
        if (out == null) {
            StringWriter text = new StringWriter();
            predictions.write(rows, CsvWriter.builder().bufferSize(0).build(text), () -> {
                console.text(text.toString());
                text.getBuffer().setLength(0);
            });
            return;
        }
        Path partial = out.resolveSibling("." + out.getFileName() + ".partial");
        try {
            try (Writer writer = Files.newBufferedWriter(partial);
                    CsvWriter csv = CsvWriter.builder().build(writer)) {
                predictions.write(rows, csv, () -> {});
            }
            Files.move(partial, out, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | UncheckedIOException e) {
            throw unwritable(out, e.toString(), e);
        } finally {
            delete(partial);
        }
    }

    private static void delete(Path partial) {
        try {
            Files.deleteIfExists(partial);
        } catch (IOException e) {
            // It is hidden, and the next prediction replaces it.
        }
    }

    private static JavelinException unwritable(Path out, String problem, @Nullable Exception cause) {
        String what = "cannot write the predictions to " + out.toAbsolutePath() + ": " + problem;
        String remedy = "name another file with --out, or give --overwrite to replace it";
        return cause == null
                ? new JavelinException("JVL-CFG-0081", what, remedy)
                : new JavelinException("JVL-CFG-0081", what, remedy, cause);
    }

    private Map<String, Object> report(
            TableRows rows, Predictions predictions, Checkpoint checkpoint, @Nullable Path out) {
        rows.unknown()
                .forEach((column, unknown) -> console.note(String.format(
                        Locale.ROOT,
                        "note: column '%s' has %,d values that training did not meet, the first at %s; they count as"
                                + " none of its categories",
                        column,
                        unknown.count(),
                        unknown.first())));
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("checkpoint", checkpoint.folder().toString());
        object.put("rows", predictions.rows());
        object.put("out", Objects.toString(out, null));
        object.put("labelled", predictions.labelled());
        String measure = switch (predictions.target()) {
            case ClassTarget target -> "accuracy";
            case NumberTarget target -> "rootMeanSquaredError";
        };
        object.put(measure, predictions.labelled() == 0 ? null : predictions.measure());
        String judged = predictions.labelled() == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        "; %,d have a label: %s %.6g",
                        predictions.labelled(),
                        measure.equals("accuracy") ? "accuracy" : "root mean squared error",
                        predictions.measure());
        console.note(String.format(Locale.ROOT, "predicted %,d rows%s", predictions.rows(), judged));
        return object;
    }
}
