package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.run.Job;
import dev.javelin.cli.run.Predictor;
import dev.javelin.cli.run.StoredConfig;
import dev.javelin.cli.run.TableSource;
import dev.javelin.data.table.TableRows;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.StateRange;
import dev.javelin.engine.generate.CachedModel;
import dev.javelin.engine.generate.Generation;
import dev.javelin.engine.generate.GenerationOptions;
import dev.javelin.engine.generate.Generator;
import dev.javelin.engine.generate.Sampling;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.train.Restoring;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.models.LanguageModule;
import dev.javelin.models.MlpSpec;
import dev.javelin.spi.device.Accelerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A run trained in 16 bits")
class HalfPrecisionCommandTest {
    private static final String GPT = "gpt:layers=2,width=16,heads=2,block=32";
    private static final String LLAMA = "llama:layers=2,width=16,heads=2,kvHeads=1,ff=24,vocab=256,block=32";
    private static final String PROMPT = "Call me Ishmael";
    private static final int TOKENS = 24; // more than the rest of the block: the text slides

    @TempDir
    private Path folder;

    private static Call call(List<String> first, String... more) {
        Call call = Call.of(Stream.concat(first.stream(), Stream.of(more)).toArray(String[]::new));
        assertEquals(0, call.code(), call.out() + call.err());
        return call;
    }

    private void train(String model, String precision) {
        call(
                List.of("fit", "--model=" + model, "--precision=" + precision, "--out=" + folder.resolve("run")),
                "--max-steps=6",
                "--set=data.batch=2",
                "--set=optimizer.learningRate=0.01",
                "--set=data.validation=0",
                "--json");
    }

    /** Opens what a checkpoint says, in a precision; the model's settings and weights are the checkpoint's. */
    private static <T> T opened(Path run, PrecisionPlan precision, GenerationOptions.Chooser chooser, Use<T> use) {
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            RunConfig config = StoredConfig.read(checkpoint);
            Job job = new Job(config, PluginRegistry.ofModulePath());
            LanguageModule module = ((LanguageModelSpec) config.model()).module();
            GenerationOptions options = GenerationOptions.of(precision, module).withChooser(chooser);
            try (Accelerator accelerator = job.accelerator().open(job.acceleratorOptions());
                    CachedModel model = CachedModel.open(module, options, job.strategy(), accelerator)) {
                Restoring.parameters(checkpoint, model.session());
                return use.of(model);
            }
        }
    }

    private interface Use<T> {
        T of(CachedModel model);
    }

    private static int[] bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return IntStream.range(0, bytes.length).map(i -> bytes[i] & 0xFF).toArray();
    }

    private static double[] logits(Path run, PrecisionPlan precision) {
        return opened(run, precision, GenerationOptions.Chooser.HOST, model -> {
            model.read(List.of(bytes(PROMPT)));
            return model.logits(0, model.vocabulary());
        });
    }

    private static Set<DType> types(Path run) {
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            return checkpoint.tensors(StateRange.PARAM).values().stream()
                    .map(TensorType::dtype)
                    .collect(Collectors.toSet());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {GPT + "|bf16-mixed", GPT + "|bf16-true", LLAMA + "|bf16-mixed", LLAMA + "|bf16-true"})
    @DisplayName("is continued by the command as by the API, in its own precision")
    void generates(String model, String precision) {
        train(model, precision);
        Path run = folder.resolve("run");
        JsonNode written = call(
                        List.of("generate", "--checkpoint=" + run, "--prompt=" + PROMPT, "--json"),
                        "--tokens=" + TOKENS,
                        "--temperature=0")
                .json();
        assertEquals(written.get("predictedPeakDeviceBytes"), written.get("measuredPeakDeviceBytes"));
        PrecisionPlan own = Precision.of(precision).plan();
        int[] tokens = opened(run, own, GenerationOptions.Chooser.HOST, cached -> {
            Generation what = Generation.of(bytes(PROMPT), TOKENS).withSampling(Sampling.greedy());
            return new Generator(cached)
                    .generate(what, (i, token) -> true)
                    .getFirst()
                    .tokens();
        });
        byte[] text = new byte[tokens.length];
        IntStream.range(0, text.length).forEach(i -> text[i] = (byte) tokens[i]);
        assertEquals(
                new String(text, StandardCharsets.UTF_8), written.get("text").asText());
        // It computes in 16 bits indeed, and near to what FLOAT32 gives.
        double[] narrow = logits(run, own);
        double[] wide = logits(run, Precision.TRUE_32.plan());
        double largest = 0;
        double apart = 0;
        for (int i = 0; i < wide.length; i++) {
            largest = Math.max(largest, Math.abs(wide[i]));
            apart = Math.max(apart, Math.abs(narrow[i] - wide[i]));
        }
        assertTrue(apart > 0 && apart < 0.03 * largest, apart + " apart, of " + largest);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                GPT + "|bf16-mixed|F32|float32",
                GPT + "|bf16-true|BF16|bfloat16",
                LLAMA + "|bf16-mixed|F32|float32",
                LLAMA + "|bf16-true|BF16|bfloat16"
            })
    @DisplayName("is exported in the type of its parameters, and read back gives the same logits")
    void exports(String model, String precision, String label, String torch) throws IOException {
        train(model, precision);
        Path run = folder.resolve("run");
        assertEquals(Set.of(DType.of(label)), types(run));
        JsonNode out = call(
                        List.of("checkpoint", "export", "--checkpoint=" + run, "--format=hf", "--json"),
                        "--out=" + folder.resolve("hf"))
                .json();
        assertEquals(label, out.get("dtype").asText());
        JsonNode config =
                new ObjectMapper().readTree(folder.resolve("hf/config.json").toFile());
        assertEquals(torch, config.get("torch_dtype").asText());
        call(
                List.of("checkpoint", "import", folder.resolve("hf").toString(), "--format=hf", "--json"),
                "--out=" + folder.resolve("back"));
        for (Precision read : List.of(Precision.TRUE_32, Precision.of(precision))) {
            double[] before = logits(run, read.plan());
            assertArrayEquals(before, logits(folder.resolve("back"), read.plan()), read.label());
            assertNotEquals(before[0], before[1]);
        }
    }

    @ParameterizedTest
    @CsvSource({"bf16-mixed", "bf16-true"})
    @DisplayName("on a table predicts by the command what it predicts by the API")
    void predicts(String precision) throws IOException {
        StringBuilder text = new StringBuilder("size,weight,kind\n");
        for (int i = 0; i < 90; i++) {
            double size = 10 * Math.abs(Math.sin(i));
            double weight = 5 + 3 * Math.cos(2 * i);
            text.append(
                    String.format(Locale.ROOT, "%.4f,%.4f,%s%n", size, weight, size + weight > 10 ? "plum" : "apple"));
        }
        Path table = Files.writeString(folder.resolve("fruit.csv"), text);
        Path run = folder.resolve("run");
        call(
                List.of("fit", "--data=" + table, "--out=" + run, "--model=mlp:width=16", "--label=kind"),
                "--precision=" + precision,
                "--max-steps=120",
                "--set=optimizer.learningRate=0.02",
                "--set=data.batch=24");
        JsonNode predicted = call(
                        List.of("predict", "--checkpoint=" + run, "--data=" + table, "--json"),
                        "--out=" + folder.resolve("out.csv"))
                .json();
        assertEquals(90, predicted.get("rows").asInt());
        assertTrue(predicted.get("accuracy").asDouble() > 0.8, predicted.toString());
        List<String> lines = Files.readAllLines(folder.resolve("out.csv"));
        assertEquals("size,weight,kind,prediction,probability apple,probability plum", lines.getFirst());
        List<double[]> expected = predictions(run, table);
        assertEquals(expected.size(), lines.size() - 1);
        for (int i = 0; i < expected.size(); i++) {
            String[] cells = lines.get(i + 1).split(",");
            double apple = Float.parseFloat(cells[4]);
            double plum = Float.parseFloat(cells[5]);
            assertArrayEquals(expected.get(i), new double[] {apple, plum}, lines.get(i + 1));
            assertEquals(1, apple + plum, 0.01, lines.get(i + 1));
            assertEquals(apple >= plum ? "apple" : "plum", cells[3]);
        }
    }

    /** Probabilities of all rows, in the run's own precision. */
    private static List<double[]> predictions(Path run, Path table) {
        List<double[]> all = new ArrayList<>();
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            RunConfig config = StoredConfig.read(checkpoint);
            Job job = new Job(config, PluginRegistry.ofModulePath());
            try (Accelerator accelerator = job.accelerator().open(job.acceleratorOptions());
                    Predictor predictor = new Predictor(
                            (MlpSpec) config.model(),
                            16,
                            config.trainer().types(),
                            job.strategy(),
                            accelerator,
                            checkpoint);
                    TableRows rows = new TableRows(table, TableSource.schema(checkpoint), ',')) {
                while (rows.next()) {
                    rows.features(predictor.dtype(), predictor.row(0));
                    predictor.predict(1);
                    all.add(new double[] {predictor.output(0, 0), predictor.output(0, 1)});
                }
            }
        }
        return all;
    }
}
