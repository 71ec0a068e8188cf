package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.api.trainer.Plugin;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.models.GptSpec;
import dev.javelin.models.ModelPreset;
import dev.javelin.models.ModelSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * All settings of a run, with the defaults of what was not set.
 *
 * @param strategy options of strategies; the chosen one checks its own
 * @param accelerator options of accelerators; the chosen one checks its own
 */
public record RunConfig(
        ModelSpec model,
        DataConfig data,
        OptimizerConfig optimizer,
        TrainerConfig trainer,
        PluginSettings strategy,
        PluginSettings accelerator) {

    /**
     * Reads and checks settings, of which later ones win; a {@code model} replaces {@code model.KEY} settings before it.
     *
     * @throws JavelinException {@code JVL-CFG-...} that names the key, where it was written, what it is and what is
     *     expected
     */
    public static RunConfig of(List<Setting> all) {
        Settings settings = new Settings(Layers.flatten(all));
        ModelSpec model = ModelConfig.read(settings);
        Optional<ModelPreset> preset = ModelConfig.preset(settings);
        long block = preset.map(ModelPreset::block).orElse(model instanceof GptSpec gpt ? gpt.block() : 128L);
        TrainerConfig trainer = TrainerConfig.read(settings);
        RunConfig config = new RunConfig(
                model,
                DataConfig.read(settings, block, preset.map(ModelPreset::batch).orElse(16L)),
                OptimizerConfig.read(settings),
                trainer,
                PluginSettings.namedOrChosen(settings, "strategy", trainer.strategy()),
                PluginSettings.named(settings, "accelerator", trainer.accelerator()));
        settings.requireNothingElse();
        config.requireFitting();
        return config;
    }

    private void requireFitting() {
        if (model instanceof GptSpec gpt && data.block() > gpt.block()) {
            throw new JavelinException(
                    "JVL-CFG-0048",
                    "data.block is " + data.block() + ", but the model has only " + gpt.block() + " positions",
                    "set model.block to at least " + data.block() + ", or data.block to at most " + gpt.block());
        }
    }

    /** The trainer's options; folders and callbacks are added by who runs it. */
    public TrainerOptions trainerOptions() {
        return TrainerOptions.standard()
                .withSeed(trainer.seed())
                .withPrecision(trainer.precision())
                .withBatch(data.batch())
                .withAccumulation(trainer.accumulate())
                .withMaxSteps(trainer.maxSteps())
                .withOptimizer(optimizer.parameterGroups())
                .withSchedule(optimizer.learningRates())
                .withClipping(new Clipping(trainer.clipNorm(), trainer.clipValue()))
                .withValidateEvery(trainer.validateEvery())
                .withValidationBatches(trainer.validationBatches())
                .withCheckpoints(
                        new CheckpointOptions(trainer.checkpointEvery(), trainer.keepLast(), trainer.keepBest()))
                .withStrategy(strategy.plugin(trainer.strategy()))
                .withAccelerator(acceleratorPlugin());
    }

    /** The accelerator with its options; {@code trainer.threads} is its option {@code threads}. */
    public Plugin acceleratorPlugin() {
        Plugin plugin = accelerator.plugin(trainer.accelerator());
        return trainer.threads() == 0 ? plugin : plugin.with("threads", Integer.toString(trainer.threads()));
    }

    /** The same with another number of threads. */
    public RunConfig withThreads(int threads) {
        return new RunConfig(model, data, optimizer, trainer.withThreads(threads), strategy, accelerator);
    }

    /** The same without the folder of the run: what is stored with a run, which may be moved. */
    public RunConfig withoutOut() {
        return new RunConfig(model, data, optimizer, trainer.withoutOut(), strategy, accelerator);
    }

    /** The effective configuration as nested keys and values, defaults included. */
    public SequencedMap<String, Object> tree() {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        tree.put("model", ModelConfig.tree(model));
        tree.put("data", data.tree());
        tree.put("optimizer", optimizer.tree());
        tree.put("trainer", trainer.tree());
        strategy.addTo(tree, "strategy");
        accelerator.addTo(tree, "accelerator");
        return tree;
    }

    /** The effective configuration as YAML; read again, it gives an equal configuration. */
    public String yaml() {
        return ConfigText.yaml(tree());
    }
}
