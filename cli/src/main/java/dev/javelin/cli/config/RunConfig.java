package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.api.trainer.Plugin;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.models.LanguageModelSpec;
import dev.javelin.models.ModelPreset;
import dev.javelin.models.ModelSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * All settings of a run, with the defaults of what was not set.
 *
 * @param strategy options of strategies; the chosen one checks its own
 * @param accelerator options of accelerators; the chosen one checks its own
 * @param communicator options of communicators; the chosen one checks its own
 * @param profile steps whose time is looked into
 */
public record RunConfig(
        ModelSpec model,
        DataConfig data,
        OptimizerConfig optimizer,
        TrainerConfig trainer,
        RanksConfig ranks,
        PluginSettings strategy,
        PluginSettings accelerator,
        PluginSettings communicator,
        ProfileConfig profile) {

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
        long block = preset.map(ModelPreset::block)
                .orElse(model instanceof LanguageModelSpec language ? language.block() : 128L);
        TrainerConfig trainer = TrainerConfig.read(settings);
        RanksConfig ranks = RanksConfig.read(settings);
        RunConfig config = new RunConfig(
                model,
                DataConfig.read(
                        settings, model, block, preset.map(ModelPreset::batch).orElse(16L)),
                OptimizerConfig.read(settings),
                trainer,
                ranks,
                PluginSettings.namedOrChosen(settings, "strategy", trainer.strategy()),
                PluginSettings.named(settings, "accelerator", trainer.accelerator()),
                PluginSettings.named(settings, "communicator", ranks.communicatorName()),
                ProfileConfig.read(settings));
        settings.requireNothingElse();
        config.requireFitting();
        return config;
    }

    private void requireFitting() {
        if (model instanceof LanguageModelSpec language && data.block() > language.block()) {
            throw new JavelinException(
                    "JVL-CFG-0048",
                    "data.block is " + data.block() + ", but the model has only " + language.block() + " positions",
                    "set model.block to at least " + data.block() + ", or data.block to at most " + language.block());
        }
    }

    /** The trainer's options; folders and callbacks are added by who runs it. */
    public TrainerOptions trainerOptions() {
        return TrainerOptions.standard()
                .withSeed(trainer.seed())
                .withPrecision(trainer.precision())
                .withTypes(trainer.types())
                .withBatch(data.batch())
                .withAccumulation(trainer.accumulate())
                .withMaxSteps(trainer.maxSteps())
                .withOptimizer(optimizer.parameterGroups())
                .withSchedule(trainer.averaging().learningRates(optimizer.learningRates()))
                .withClipping(new Clipping(trainer.clipNorm(), trainer.clipValue()))
                .withValidateEvery(trainer.validateEvery())
                .withValidationBatches(trainer.validationBatches())
                .withCheckpoints(
                        new CheckpointOptions(trainer.checkpointEvery(), trainer.keepLast(), trainer.keepBest()))
                .withAveraging(trainer.averaging().averaging())
                .withStrategy(strategy.plugin(trainer.strategy()))
                .withAccelerator(acceleratorPlugin())
                .withRanks(ranks.ranks(communicator))
                .withMonitoring(trainer.monitoring())
                .withProfiling(profile.profiling().orElse(null))
                .withEarlyStopping(trainer.earlyStopping())
                .withFastDevRun(trainer.fastDevRun());
    }

    /**
     * The accelerator of a rank with its options; {@code trainer.threads} is its option {@code threads}. Several ranks on
     * the CPU share its processors if nothing is said.
     */
    public Plugin acceleratorPlugin() {
        Plugin plugin = accelerator.plugin(trainer.accelerator());
        int threads = trainer.threads();
        if (threads == 0
                && ranks.ranksHere() > 1
                && trainer.accelerator().equals("cpu")
                && !plugin.options().containsKey("threads")) {
            threads = Math.max(1, Runtime.getRuntime().availableProcessors() / ranks.ranksHere());
        }
        return threads == 0 ? plugin : plugin.with("threads", Integer.toString(threads));
    }

    /** The communicator with its options. */
    public Plugin communicatorPlugin() {
        return ranks.communicator(communicator);
    }

    /** The same with another model. */
    public RunConfig withModel(ModelSpec other) {
        return new RunConfig(other, data, optimizer, trainer, ranks, strategy, accelerator, communicator, profile);
    }

    /** The same under another strategy. */
    public RunConfig withStrategy(Plugin other) {
        PluginSettings options = new PluginSettings(Map.of(other.name(), other.options()));
        return new RunConfig(
                model,
                data,
                optimizer,
                trainer.withStrategy(other.name()),
                ranks,
                options,
                accelerator,
                communicator,
                profile);
    }

    /** The same with the ranks of a world that was found. */
    public RunConfig withRanks(RanksConfig others) {
        return new RunConfig(model, data, optimizer, trainer, others, strategy, accelerator, communicator, profile);
    }

    /** The same with another number of threads. */
    public RunConfig withThreads(int threads) {
        return new RunConfig(
                model,
                data,
                optimizer,
                trainer.withThreads(threads),
                ranks,
                strategy,
                accelerator,
                communicator,
                profile);
    }

    /** The same with so many threads where nothing is said, if it runs on the host's processors: others have none. */
    public RunConfig withHostThreads(int threads) {
        return trainer.accelerator().equals("cpu") ? withThreads(threads) : this;
    }

    /** The same without the folder of the run and what is to be profiled: what is stored with a run, which may be moved. */
    public RunConfig withoutOut() {
        return new RunConfig(
                model,
                data,
                optimizer,
                trainer.withoutOut(),
                ranks,
                strategy,
                accelerator,
                communicator,
                ProfileConfig.NONE);
    }

    /** The effective configuration as nested keys and values, defaults included. */
    public SequencedMap<String, Object> tree() {
        SequencedMap<String, Object> tree = new LinkedHashMap<>();
        tree.put("model", ModelConfig.tree(model));
        tree.put("data", data.tree());
        tree.put("optimizer", optimizer.tree());
        tree.put("trainer", trainer.tree());
        tree.put("ranks", ranks.tree());
        strategy.addTo(tree, "strategy");
        accelerator.addTo(tree, "accelerator");
        communicator.addTo(tree, "communicator");
        profile.addTo(tree);
        return tree;
    }

    /** The effective configuration as YAML; read again, it gives an equal configuration. */
    public String yaml() {
        return ConfigText.yaml(tree());
    }
}
