package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.javelin.api.DType;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.StateRange;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("javelin fit")
class FitCommandTest {
    @TempDir
    Path folder;

    /** A fit of a tiny model, in a moment. */
    private Call fit(String... more) {
        List<String> all = new ArrayList<>(List.of("fit"));
        all.addAll(List.of(more));
        return Call.of(all.toArray(String[]::new));
    }

    private Call train(String out, String... more) {
        List<String> all = new ArrayList<>(List.of(
                "--model=gpt:layers=1,width=16,heads=2,block=16",
                "--set=data.batch=2",
                "--set=trainer.validationBatches=2",
                "--set=trainer.checkpointEvery=4",
                "--out=" + folder.resolve(out)));
        all.addAll(List.of(more));
        return fit(all.toArray(String[]::new));
    }

    @Test
    @DisplayName("trains on the bundled book and ends with a checkpoint, a summary and 300 tokens of text")
    void trains() throws IOException {
        Call call = train("run", "--max-steps=8", "--json");
        assertEquals(0, call.code(), call.err());
        JsonNode result = call.json();
        assertEquals(8, result.get("steps").asLong());
        assertEquals(
                result.get("predictedPeakDeviceBytes").asLong(),
                result.get("measuredPeakDeviceBytes").asLong());
        assertTrue(result.get("sample").asText().length() > 100, call.out());
        assertTrue(Double.isFinite(result.get("validationLoss").asDouble()));
        Path run = folder.resolve("run");
        assertEquals(
                run.resolve("checkpoint-8").toString(), result.get("checkpoint").asText());
        assertTrue(Files.exists(run.resolve("summary.json")));
        assertTrue(Files.readString(run.resolve("config.yaml")).contains("maxSteps: 8"));
        assertEquals(
                8,
                Files.readAllLines(run.resolve("metrics.jsonl")).stream()
                        .filter(line -> line.contains("\"loss\""))
                        .count());
    }

    @Test
    @DisplayName("tries a run with --fast-dev-run, also of so many steps, and leaves no file")
    void triesARun() throws IOException {
        Call one = train("trial", "--fast-dev-run", "--json");
        assertEquals(0, one.code(), one.err());
        assertEquals(1, one.json().get("steps").asLong());
        assertTrue(one.json().get("out").isNull());
        assertTrue(one.json().get("checkpoint").isNull());
        Call three = train("trial", "--fast-dev-run", "3", "--max-steps=200");
        assertEquals(0, three.code(), three.err());
        assertTrue(three.out().contains("fast-dev-run: 3 steps, a validation, a checkpoint written"), three.out());
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
        Call both = train("trial", "--fast-dev-run", "--profile");
        assertEquals(2, both.code());
        assertTrue(both.err().contains("JVL-CFG-0094"), both.err());
    }

    @Test
    @DisplayName("lists the model's layers before the run, in the JSON object if they are asked for")
    void listsLayers() {
        Call plain = train("plain", "--fast-dev-run");
        assertTrue(plain.err().contains("GptBlock"), plain.err());
        assertTrue(plain.err().contains("device memory: "), plain.err());
        assertFalse(plain.err().contains("h.0."), plain.err());
        assertFalse(train("none", "--fast-dev-run", "--summary-depth=0").err().contains("GptBlock"));
        Call json = train("json", "--fast-dev-run", "--json");
        assertFalse(json.err().contains("GptBlock"), json.err());
        assertFalse(json.json().has("model"));
        Call asked = train("asked", "--fast-dev-run", "--json", "--summary-depth=-1");
        List<String> paths = new ArrayList<>();
        asked.json().get("model").forEach(row -> paths.add(row.get("path").asText()));
        assertTrue(paths.contains("h.0") && paths.stream().anyMatch(path -> path.startsWith("h.0.")), paths.toString());
    }

    @Test
    @DisplayName("stops early with exit code 0 and says why; generate finds the best checkpoint")
    void stopsEarly() {
        Call call = train(
                "early",
                "--max-steps=40",
                "--set=trainer.validateEvery=2",
                "--set=trainer.earlyStopping.patience=2",
                "--set=trainer.earlyStopping.minDelta=100",
                "--json");
        assertEquals(0, call.code(), call.err());
        assertEquals(6, call.json().get("steps").asLong());
        assertEquals("early_stopping", call.json().get("ending").asText());
        assertTrue(call.json().get("reason").asText().contains("no better in 2 validations since step 2"), call.out());
        assertFalse(call.json().get("interrupted").asBoolean());
        Call again = fit("--resume", folder.resolve("early").toString());
        assertEquals(0, again.code(), again.err());
        assertTrue(again.out().contains("it stopped early after step 6"), again.out());
        JsonNode best = call.json().get("best").get(0);
        Call written =
                Call.of("generate", "--checkpoint=" + folder.resolve("early"), "--which=best", "--tokens=3", "--json");
        assertEquals(0, written.code(), written.err());
        assertEquals(best.get("step").asLong(), written.json().get("step").asLong());
        assertEquals(
                best.get("checkpoint").asText(),
                written.json().get("checkpoint").asText());
        Call none = Call.of("generate", "--checkpoint=" + folder.resolve("early"), "--which=5", "--tokens=3");
        assertEquals(3, none.code());
        assertTrue(none.err().startsWith("JVL-CKP-0060"), none.err());
    }

    @Test
    @DisplayName("needs the very bytes that explain predicts, with micro-batches, clipping and validation")
    void needsWhatExplainPredicts() {
        String[] settings = {
            "--model=gpt:layers=1,width=16,heads=2,block=16",
            "--set=data.batch=4",
            "--set=trainer.accumulate=2",
            "--set=trainer.clipValue=0.5",
            "--json"
        };
        List<String> explain = new ArrayList<>(List.of("explain"));
        explain.addAll(List.of(settings));
        List<String> fit = new ArrayList<>(List.of("fit", "--max-steps=2", "--out=" + folder.resolve("run")));
        fit.addAll(List.of(settings));
        Call run = Call.of(fit.toArray(String[]::new));
        assertEquals(0, run.code(), run.err());
        long measured = run.json().get("measuredPeakDeviceBytes").asLong();
        JsonNode explained = Call.of(explain.toArray(String[]::new)).json();
        assertEquals(measured, explained.get("memory").get("peakBytes").asLong());
    }

    @Test
    @DisplayName("goes on from a checkpoint with the run's own settings, to the same bits as without a break")
    void resumes() throws IOException {
        assertEquals(0, train("whole", "--max-steps=10").code());
        assertEquals(0, train("parts", "--max-steps=10").code());
        Path checkpoint = folder.resolve("parts/checkpoint-4");
        // Step 4 is gone in a run of 10 that keeps the last two: cut at 8.
        assertFalse(Files.exists(checkpoint));
        String from = folder.resolve("parts/checkpoint-8").toString();
        Call refused = fit("--resume", from);
        assertEquals(2, refused.code(), "newer checkpoints are not replaced unasked");
        assertTrue(refused.err().contains("JVL-CFG-0053"), refused.err());
        assertTrue(Files.exists(folder.resolve("parts/checkpoint-10")));
        Call resumed = fit("--resume", from, "--overwrite", "--json");
        assertEquals(0, resumed.code(), resumed.err());
        assertEquals(10, resumed.json().get("steps").asLong());
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("whole/checkpoint-10/model.safetensors")),
                Files.readAllBytes(folder.resolve("parts/checkpoint-10/model.safetensors")));
    }

    @Test
    @DisplayName("does nothing when a finished run is resumed, and goes further with more steps")
    void resumesAFinishedRun() throws IOException {
        assertEquals(0, train("run", "--max-steps=4").code());
        byte[] metrics = Files.readAllBytes(folder.resolve("run/metrics.jsonl"));
        Call again = fit("--resume", folder.resolve("run").toString());
        assertEquals(0, again.code(), again.err());
        assertTrue(again.out().contains("the run is finished"), again.out());
        assertArrayEquals(metrics, Files.readAllBytes(folder.resolve("run/metrics.jsonl")));
        Call further = fit("--resume", folder.resolve("run").toString(), "--max-steps=6", "--json");
        assertEquals(6, further.json().get("steps").asLong(), further.err());
    }

    @Test
    @DisplayName("refuses a folder that holds a run, and replaces it with --overwrite")
    void refusesAnotherRun() throws IOException {
        assertEquals(0, train("run", "--max-steps=4").code());
        Call refused = train("run", "--max-steps=2");
        assertEquals(2, refused.code());
        assertTrue(refused.err().startsWith("JVL-CFG-0030"), refused.err());
        assertTrue(refused.err().contains("--resume"), refused.err());
        assertTrue(refused.err().contains("--overwrite"), refused.err());
        assertEquals(0, train("run", "--max-steps=2", "--overwrite").code());
        assertFalse(Files.exists(folder.resolve("run/checkpoint-4")));
        assertTrue(Files.exists(folder.resolve("run/checkpoint-2")));
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource({
        "--set=trainer.accelerator=cup, JVL-PLG-0001",
        "--set=trainer.accelerator=null, JVL-ENG-0001",
        "--set=trainer.strategy=singel, JVL-PLG-0001",
        "--data=none.txt, JVL-DAT-0001",
        "--set=accelerator.cpu.thread=2, JVL-CFG-0009",
    })
    @DisplayName("leaves the old run as it is when a setting of the new one cannot work")
    void overwritesOnlyWhatCanBeReplaced(String setting, String error) throws IOException {
        assertEquals(0, train("run", "--max-steps=4").code());
        Map<String, String> before = digests(folder.resolve("run"));
        Call impossible = train("run", "--max-steps=2", "--overwrite", setting);
        assertTrue(impossible.code() != 0, impossible.err());
        assertTrue(impossible.err().lines().anyMatch(line -> line.startsWith(error)), impossible.err());
        assertEquals(before, digests(folder.resolve("run")));
        Call both = fit("--resume", folder.resolve("run").toString(), "--overwrite", "--max-steps=6");
        assertEquals(2, both.code());
        assertTrue(both.err().contains("JVL-CFG-0052"), both.err());
        assertEquals(before, digests(folder.resolve("run")));
    }

    /** What every file of a folder holds. */
    private static Map<String, String> digests(Path folder) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                digests.put(folder.relativize(file).toString(), Arrays.toString(Files.readAllBytes(file)));
            }
        }
        return digests;
    }

    @Test
    @DisplayName("refuses to resume with another model")
    void refusesAnotherModel() {
        assertEquals(0, train("run", "--max-steps=2").code());
        Call refused = fit("--resume", folder.resolve("run").toString(), "--model=baby");
        assertEquals(3, refused.code());
        assertTrue(refused.err().startsWith("JVL-CKP-0041"), refused.err());
    }

    @Test
    @DisplayName("prints the effective configuration, which can be fed back")
    void printsItsConfiguration() throws IOException {
        String[] arguments = {"--model=baby", "--set=optimizer.beta2=0.99", "--max-steps=7", "--print-config"};
        Call first = fit(arguments);
        Path file = Files.writeString(folder.resolve("config.yaml"), first.out());
        assertEquals(
                first.out(), fit("--config", file.toString(), "--print-config").out());
        assertEquals(
                7,
                fit("--config", file.toString(), "--print-config", "--json")
                        .json()
                        .get("trainer")
                        .get("maxSteps")
                        .asInt());
    }

    @Test
    @DisplayName("lets --set win over the options and the file, wherever it stands")
    void orders() throws IOException {
        Path file = Files.writeString(folder.resolve("steps.yaml"), "trainer: {maxSteps: 5, seed: 5}\n");
        for (List<String> words : List.of(
                List.of("--set=trainer.maxSteps=7", "--max-steps=6", "--seed=6", "--config=" + file),
                List.of("--config=" + file, "--seed=6", "--max-steps=6", "--set=trainer.maxSteps=7"))) {
            List<String> all = new ArrayList<>(words);
            all.addAll(List.of("--print-config", "--json"));
            JsonNode trainer = fit(all.toArray(String[]::new)).json().get("trainer");
            assertEquals(7, trainer.get("maxSteps").asInt(), words.toString());
            assertEquals(6, trainer.get("seed").asInt(), words.toString());
        }
    }

    @ParameterizedTest(name = "{0} -> {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "--data=none.txt|3|JVL-DAT-0001",
                "--data=EMPTY|3|JVL-DAT-0003",
                "--data=SHORT|3|JVL-DAT-0004",
                "--model=baby|3|JVL-DAT-0007",
                "--model=mlp|2|JVL-CFG-0082",
                "--max-steps=0|2|JVL-CFG-0044",
                "--max-steps=many|2|JVL-CFG-0043",
                "--set=trainer.maxStep=3|2|JVL-CFG-0042",
                "--set=trainer.strategy=singel|2|JVL-PLG-0001",
                "--set=trainer.accelerator=null|2|JVL-ENG-0001",
                "--set=data.batch=3 --set=trainer.accumulate=2|2|JVL-CFG-0007",
                "--resume=none|3|JVL-CKP-0010",
                "--config=none.yaml|2|JVL-CFG-0040",
            })
    @DisplayName("names what is wrong with its input, with the exit code of its kind")
    void refusesBadInput(String arguments, int code, String error) throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.txt"), "");
        Path small = Files.writeString(folder.resolve("short.txt"), "too short for a block");
        String[] words = (arguments.replace("EMPTY", empty.toString()).replace("SHORT", small.toString()) + " --out="
                        + folder.resolve("out"))
                .split(" ");
        Call call = fit(words);
        assertEquals(code, call.code(), call.err());
        String last = call.err()
                .lines()
                .filter(line -> line.startsWith("JVL"))
                .findFirst()
                .orElse("");
        assertTrue(last.startsWith(error), call.err());
    }

    @Test
    @DisplayName("lets generate write the same text for the same seed, and other text for another")
    void generates() {
        assertEquals(0, train("run", "--max-steps=4").code());
        String[] arguments = {
            "generate",
            "--checkpoint",
            folder.resolve("run").toString(),
            "--prompt",
            "Call me ",
            "--tokens",
            "40",
            "--json",
            "--seed"
        };
        String first = text(arguments, "5");
        assertEquals(first, text(arguments, "5"));
        assertFalse(first.equals(text(arguments, "6")));
        Call plain = Call.of(
                "generate",
                "--checkpoint",
                folder.resolve("run").toString(),
                "--prompt",
                "Call",
                "--tokens=3",
                "--temperature=0");
        assertEquals(0, plain.code(), plain.err());
        assertTrue(plain.out().startsWith("Call"), plain.out());
    }

    private static String text(String[] arguments, String seed) {
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = seed;
        Call call = Call.of(all);
        assertEquals(0, call.code(), call.err());
        return call.json().get("text").asText();
    }

    @Test
    @DisplayName("names the layer and the operation that first made a number that is not finite, exit code 1")
    void namesNonFiniteNumbers() {
        Call call = train(
                "run", "--max-steps=20", "--set=optimizer.learningRate=1e30", "--set=optimizer.schedule=constant");
        assertEquals(1, call.code(), call.err());
        String error = call.err()
                .lines()
                .filter(line -> line.startsWith("JVL"))
                .findFirst()
                .orElse("");
        assertTrue(error.startsWith("JVL-NUM-0001 step "), call.err());
        assertTrue(error.contains("layer "), error);
    }

    @Test
    @DisplayName("trains with a strategy dropped into the plugins folder")
    void trainsWithADroppedInStrategy() throws IOException {
        Path home = Files.createDirectories(folder.resolve("home"));
        PluginJar.strategy(
                folder, Files.createDirectories(home.resolve("plugins")).resolve("whole.jar"));
        Call listed = Call.of("--home", home.toString(), "plugins");
        assertTrue(
                listed.out().lines().anyMatch(line -> line.matches("strategy +whole +com.acme.whole .* available .*")),
                listed.out());
        List<String> words = new ArrayList<>(List.of(
                "--home",
                home.toString(),
                "fit",
                "--model=gpt:layers=1,width=16,heads=2,block=16",
                "--set=data.batch=2",
                "--set=data.validation=0",
                "--max-steps=4",
                "--json"));
        words.add("--out=" + folder.resolve("single"));
        assertEquals(0, Call.of(words.toArray(String[]::new)).code());
        words.set(words.size() - 1, "--out=" + folder.resolve("whole"));
        words.add("--set=trainer.strategy=whole");
        Call call = Call.of(words.toArray(String[]::new));
        assertEquals(0, call.code(), call.err());
        assertEquals(weights(folder.resolve("single")), weights(folder.resolve("whole")));
    }

    /** All parameters by path: files of different strategies differ in the order of tensors. */
    private static Map<String, List<Float>> weights(Path run) {
        Map<String, List<Float>> weights = new TreeMap<>();
        try (Checkpoint checkpoint = Checkpoint.open(run)) {
            checkpoint.tensors(StateRange.PARAM).forEach((path, type) -> {
                float[] values = new float[(int) type.elements()];
                checkpoint.read(path, StateRange.PARAM, 0, values.length, DType.FLOAT32, MemorySegment.ofArray(values));
                List<Float> list = new ArrayList<>();
                for (float value : values) {
                    list.add(value);
                }
                weights.put(path, list);
            });
        }
        return weights;
    }

    @Test
    @DisplayName("tells a damaged checkpoint by its checksum, exit code 3")
    void refusesADamagedCheckpoint() throws IOException {
        assertEquals(0, train("run", "--max-steps=2").code());
        Path weights = folder.resolve("run/checkpoint-2/model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
        Call call = Call.of("generate", "--checkpoint", folder.resolve("run").toString(), "--json");
        assertEquals(3, call.code());
        assertEquals("JVL-CKP-0014", call.json().get("error").get("code").asText());
    }
}
