package dev.javelin.cli;

import dev.javelin.cli.config.ConfigFile;
import dev.javelin.cli.config.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that stand for settings. In rising precedence: the file, these options, {@code --set}. */
final class ConfigOptions {
    @Option(names = "--config", paramLabel = "FILE.yaml", description = "Read settings from this file.")
    private @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Set one key, for example optimizer.learningRate=3e-4; may be given often, and wins.")
    private List<String> set = List.of();

    @Option(
            names = "--model",
            paramLabel = "SPEC",
            description = "A name (small, baby, gpt2-124m, llama-small, ...) or FAMILY:key=value,..., for example"
                    + " gpt:layers=6,width=384,heads=6,vocab=65,block=256.")
    private @Nullable String model;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of all random numbers (trainer.seed).")
    private @Nullable String seed;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the accelerator (trainer.threads).")
    private @Nullable String threads;

    @Option(
            names = "--precision",
            paramLabel = "P",
            description = "32-true, 64-true, bf16-true, 16-true, bf16-mixed or 16-mixed (trainer.precision).")
    private @Nullable String precision;

    @Option(
            names = "--accelerator",
            paramLabel = "NAME",
            description =
                    "What it runs on (trainer.accelerator), for example cpu or cuda; null can only be planned for.")
    private @Nullable String accelerator;

    @Option(
            names = "--strategy",
            paramLabel = "NAME",
            description = "How the model is spread over ranks (trainer.strategy), for example single or ddp.")
    private @Nullable String strategy;

    /**
     * All settings in rising precedence.
     *
     * @param stored settings that the file and the options are laid over, for example those of a resumed run
     * @param more settings of the command's own options
     */
    List<Setting> settings(List<Setting> stored, List<Setting> more) {
        List<Setting> all = new ArrayList<>(stored);
        if (config != null) {
            all.addAll(ConfigFile.read(config));
        }
        add(all, "--model", "model", model);
        add(all, "--seed", "trainer.seed", seed);
        add(all, "--threads", "trainer.threads", threads);
        add(all, "--precision", "trainer.precision", precision);
        add(all, "--accelerator", "trainer.accelerator", accelerator);
        add(all, "--strategy", "trainer.strategy", strategy);
        all.addAll(more);
        set.forEach(assignment -> all.add(Setting.parse(assignment)));
        return all;
    }

    /** Adds the setting that an option stands for, if it was given. */
    static void add(List<Setting> settings, String option, String key, @Nullable Object value) {
        if (value != null) {
            settings.add(new Setting(key, value.toString(), option));
        }
    }
}
