package dev.javelin.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.LossScaling;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.api.trainer.RunLog;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.models.GptSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The configuration of a run")
class RunConfigTest {
    @TempDir
    Path folder;

    private List<Setting> file(String yaml) throws IOException {
        return ConfigFile.read(Files.writeString(folder.resolve("run.yaml"), yaml));
    }

    private static List<Setting> set(String... assignments) {
        List<Setting> settings = new ArrayList<>();
        for (String assignment : assignments) {
            settings.add(Setting.parse(assignment));
        }
        return settings;
    }

    private JavelinException refused(String yaml) {
        return assertThrows(JavelinException.class, () -> RunConfig.of(file(yaml)));
    }

    @Test
    @DisplayName("trains the small model for 1,500 steps by default")
    void hasDefaults() {
        RunConfig config = RunConfig.of(List.of());
        assertEquals(GptSpec.standard(), config.model());
        assertEquals(128, config.data().block());
        assertEquals(16, config.data().batch());
        assertEquals(1500, config.trainer().maxSteps());
        assertEquals(1e-3, config.optimizer().learningRate());
        assertEquals("cosine", config.optimizer().schedule());
        assertEquals(Precision.TRUE_32, config.trainer().precision());
    }

    @Test
    @DisplayName("reads the types of a precision and DeepSpeed's knobs of loss scaling")
    void readsPrecisions() throws IOException {
        RunConfig config = RunConfig.of(
                file("trainer: {precision: 16, reduceType: 16, initialScalePower: 12, lossScaleWindow: 7}\n"));
        PrecisionPlan types = config.trainerOptions().types();
        assertEquals(Precision.MIXED_16, config.trainer().precision());
        assertEquals(
                Precision.MIXED_16
                        .plan()
                        .withReduce(DType.FLOAT16)
                        .withScaling(LossScaling.dynamic().withInitialPower(12).withWindow(7)),
                types);
        assertEquals(
                LossScaling.fixed(128),
                RunConfig.of(set("trainer.precision=16-true", "trainer.lossScale=128"))
                        .trainer()
                        .types()
                        .scaling());
    }

    @Test
    @DisplayName("lets later sources win over earlier ones")
    void laterSourcesWin() throws IOException {
        List<Setting> all = new ArrayList<>(file("trainer:\n  seed: 3\n  maxSteps: 10\n"));
        all.addAll(set("trainer.seed=4"));
        RunConfig config = RunConfig.of(all);
        assertEquals(4, config.trainer().seed());
        assertEquals(10, config.trainer().maxSteps());
    }

    @ParameterizedTest(name = "{0} -> {1}, T {2}, B {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "model=baby|gpt:layers=6,width=384,heads=6,vocab=65,block=256,tied=true|256|12",
                "model=gpt:layers=2,width=64,heads=2,block=32|gpt:layers=2,width=64,heads=2,vocab=256,block=32|32|16",
                "model.family=gpt;model.width=64|gpt:layers=4,width=64,heads=4,vocab=256,block=128|128|16",
                "data.block=64|gpt:layers=4,width=128,heads=4,vocab=256,block=64|64|16",
                "model=small;data.block=64|gpt:layers=4,width=128,heads=4,vocab=256,block=128|64|16",
                "model.width=64;model=small|gpt:layers=4,width=128,heads=4,vocab=256,block=128|128|16",
                "model=small;model.width=64|gpt:layers=4,width=64,heads=4,vocab=256,block=128|128|16",
            })
    @DisplayName("reads a model from a name, a spec, keys, or a mixture, of which the last counts")
    void readsModels(String settings, String model, long block, long batch) {
        RunConfig config = RunConfig.of(set(settings.split(";")));
        assertEquals(model, config.model().text());
        assertEquals(block, config.data().block());
        assertEquals(batch, config.data().batch());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "model: gpt2-124m\ndata: {block: 256, batch: 4, tokens: bytes}\n",
                "model: {layers: 2, dropout: 0.1, tied: true}\ntrainer: {precision: 64-true, clipValue: 0.5, out: runs/x}\n",
                "optimizer: {name: sgd, momentum: 0.8, nesterov: true, schedule: linear}\n",
                "trainer: {precision: bf16, gradientType: bf16, reduceType: bf16, weights: derived}\n",
                "trainer: {precision: 16-mixed, lossScale: 128}\n",
                "trainer: {precision: '16', initialScalePower: 12, lossScaleWindow: 7, minLossScale: 0.25}\n",
                "trainer: {precision: 16-true, lossScale: dynamic, consecutiveHysteresis: true, lossScaleHysteresis: 3}\n",
                "trainer: {precision: bf16-true, optimizerType: 32}\n",
                "optimizer:\n  groups:\n    - match: '*.bias'\n      weightDecay: 0\n    - match: 'h.0.*'\n      learningRateFactor: 0.5\n",
                "data: {path: 'a: strange # name'}\nstrategy: {bucketBytes: 1000, other: {x: y}}\naccelerator: {cpu: {kernels: reference}, cuda: {libraryPath: /x.so}}\n",
            })
    @DisplayName("is printed as YAML that gives the same configuration when read again")
    void printsWhatItReads(String yaml) throws IOException {
        RunConfig config = RunConfig.of(file(yaml));
        assertEquals(config, RunConfig.of(file(config.yaml())), config.yaml());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "accelerator:\\n  kernels: fast|JVL-CFG-0042|run.yaml:2:12: unknown key 'accelerator.kernels' (did you mean 'accelerator.cpu.kernels'?)",
                "trainer:\\n  maxStep: 5|JVL-CFG-0042|run.yaml:2:12: unknown key 'trainer.maxStep' (did you mean 'trainer.maxSteps'?)",
                "optimiser:\\n  name: sgd|JVL-CFG-0042|did you mean 'optimizer.name'?",
                "optimizer:\\n  maxSteps: 5|JVL-CFG-0042|did you mean 'trainer.maxSteps'?",
                "trainer:\\n  maxSteps: many|JVL-CFG-0043|run.yaml:2:13: trainer.maxSteps is 'many'",
                "trainer:\\n  maxSteps: 1.5|JVL-CFG-0043|run.yaml:2:13: trainer.maxSteps is '1.5'",
                "trainer:\\n  maxSteps: 0|JVL-CFG-0044|run.yaml:2:13: trainer.maxSteps is '0'",
                "optimizer:\\n  beta1: 1|JVL-CFG-0044|optimizer.beta1 is '1'",
                "optimizer:\\n  learningRate: .nan|JVL-CFG-0043|optimizer.learningRate is '.nan'",
                "optimizer:\\n  nesterov: maybe|JVL-CFG-0043|run.yaml:2:13: optimizer.nesterov is 'maybe'",
                "optimizer:\\n  schedule: cosin|JVL-CFG-0049|did you mean 'cosine'?",
                "trainer:\\n  precision: 17|JVL-CFG-0003|run.yaml:2:14",
                "trainer:\\n  precision: bf16-mixed\\n  gradientType: 16|JVL-CFG-0032|run.yaml:3:17",
                "trainer:\\n  reduceType: fp8|JVL-CFG-0049|run.yaml:2:15",
                "trainer:\\n  weights: derived|JVL-CFG-0032|run.yaml:2:12",
                "trainer:\\n  lossScale: 128|JVL-CFG-0033|trainer.lossScale is set in a run of precision 32-true",
                "trainer:\\n  precision: bf16\\n  minLossScale: 2|JVL-CFG-0033|run.yaml:3:17",
                "trainer:\\n  precision: 16\\n  lossScale: 8\\n  lossScaleWindow: 5|JVL-CFG-0033|with a fixed trainer.lossScale",
                "trainer:\\n  precision: 16\\n  lossScale: high|JVL-CFG-0043|trainer.lossScale is 'high'",
                "trainer:\\n  precision: 16\\n  lossScaleHysteresis: 0|JVL-CFG-0044|run.yaml:3:24",
                "trainer:\\n  maxSteps:|JVL-CFG-0043|trainer.maxSteps has no value",
                "trainer:\\n  seed: 1\\n  seed: 2|JVL-CFG-0045|run.yaml:3:3: trainer.seed is written twice",
                "trainer: {seed: [1|JVL-CFG-0041|run.yaml:1",
                "- a|JVL-CFG-0043|run.yaml:1:1: the file is a list",
                "model: smal|JVL-CFG-0020|run.yaml:1:8",
                "model:\\n  wdth: 3|JVL-CFG-0021|run.yaml:2:9",
                "model:\\n  width: x|JVL-CFG-0024|run.yaml:2:10",
                "model:\\n  block: 64\\ndata:\\n  block: 128|JVL-CFG-0048|data.block is 128",
                "trainer:\\n  loggers: [csv, tensorbord]|JVL-CFG-0049|run.yaml:2:12: trainer.loggers has 'tensorbord' (did you mean 'tensorboard'?)",
                "optimizer:\\n  groups: [wpe]|JVL-CFG-0043|run.yaml:2:11: optimizer.groups is 'wpe'",
                "optimizer:\\n  groups:\\n    - mach: x|JVL-CFG-0042|did you mean 'optimizer.groups[0].match'?",
            })
    @DisplayName("names file, line and column, the value and what is expected")
    void refusesWithTheLine(String yaml, String code, String text) {
        JavelinException error = refused(yaml.replace("\\n", "\n"));
        assertEquals(code, error.code(), error.getMessage());
        assertTrue(error.getMessage().contains(text), error.getMessage());
    }

    @Test
    @DisplayName("says how a --set is written, and where a wrong one came from")
    void refusesWrongAssignments() {
        assertEquals(
                "JVL-CFG-0046",
                assertThrows(JavelinException.class, () -> Setting.parse("seed"))
                        .code());
        JavelinException error = assertThrows(JavelinException.class, () -> RunConfig.of(set("trainer.seed=x")));
        assertTrue(error.problem().startsWith("--set: trainer.seed is 'x'"), error.getMessage());
    }

    @Test
    @DisplayName("says that a config file is missing")
    void refusesAMissingFile() {
        JavelinException error =
                assertThrows(JavelinException.class, () -> ConfigFile.read(folder.resolve("none.yaml")));
        assertEquals("JVL-CFG-0040", error.code());
        assertEquals(
                "JVL-CFG-0040",
                assertThrows(JavelinException.class, () -> ConfigFile.read(folder))
                        .code());
    }

    @Test
    @DisplayName("takes a list of words as a YAML list or with commas, all of it from the last source")
    void takesLists() throws IOException {
        assertEquals(
                EnumSet.allOf(RunLog.class),
                RunConfig.of(List.of()).trainer().monitoring().logs());
        List<Setting> settings = new ArrayList<>(file("trainer:\n  loggers: [jsonl, csv]\noptimizer:\n  groups: []\n"));
        assertEquals(
                EnumSet.of(RunLog.JSONL, RunLog.CSV),
                RunConfig.of(settings).trainerOptions().monitoring().logs());
        settings.addAll(set("trainer.loggers=tensorboard"));
        assertEquals(
                EnumSet.of(RunLog.TENSORBOARD),
                RunConfig.of(settings).trainerOptions().monitoring().logs());
        for (String none : List.of("trainer.loggers=none", "trainer.loggers=")) {
            settings.addAll(set(none));
            RunConfig config = RunConfig.of(settings);
            assertEquals(Set.of(), config.trainer().monitoring().logs());
            assertEquals(config, RunConfig.of(file(config.yaml())), config.yaml());
        }
        assertEquals(
                Set.of(),
                RunConfig.of(file("trainer:\n  loggers: []\n"))
                        .trainer()
                        .monitoring()
                        .logs());
    }

    @Test
    @DisplayName("maps to the trainer's options once")
    void mapsToTrainerOptions() {
        RunConfig config = RunConfig.of(set(
                "trainer.threads=2",
                "accelerator.cpu.kernels=reference",
                "accelerator.cuda.libraryPath=/lib/x.so",
                "strategy.bucketBytes=1000",
                "strategy.single.chunks=2",
                "strategy.other.chunks=3",
                "trainer.accumulate=4",
                "trainer.clipValue=0.5",
                "optimizer.groups[0].match=wpe*",
                "optimizer.groups[0].learningRateFactor=2"));
        TrainerOptions options = config.trainerOptions();
        assertEquals(
                Map.of("threads", "2", "kernels", "reference"),
                options.accelerator().options());
        assertEquals(
                Map.of("bucketBytes", "1000", "chunks", "2"), options.strategy().options());
        assertEquals(4, options.microBatch());
        assertEquals(0.5, options.clipping().value());
        assertEquals(0, options.clipping().norm());
        assertEquals(
                List.of("wpe*", "vectors", "matrices"),
                options.optimizer().stream().map(group -> group.name()).toList());
        assertTrue(options.optimizer().getFirst().matches().test("wpe.weight", null));
        assertEquals(2, options.optimizer().getFirst().learningRateFactor());
    }
}
