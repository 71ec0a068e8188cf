package dev.javelin.cli;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.Setting;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a checkpoint's model runs: on the accelerator that it was trained on, if nothing is said. */
final class DeviceOptions {
    @Option(
            names = "--accelerator",
            paramLabel = "NAME",
            description = "What it runs on, for example cpu or cuda; default: as in training.")
    private @Nullable String accelerator;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the accelerator; default: as in training.")
    private @Nullable Integer threads;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "An option of the accelerator, for example accelerator.cuda.memoryBytes=8000000000; may be"
                    + " given often.")
    private List<String> set = List.of();

    /**
     * What is laid over the settings of the run.
     *
     * @throws JavelinException {@code JVL-CFG-0098} for a setting that is none of an accelerator
     */
    List<Setting> settings() {
        List<Setting> all = new ArrayList<>();
        ConfigOptions.add(all, "--accelerator", "trainer.accelerator", accelerator);
        ConfigOptions.add(all, "--threads", "trainer.threads", threads);
        for (String assignment : set) {
            Setting setting = Setting.parse(assignment);
            if (!setting.key().startsWith("accelerator.")) {
                throw new JavelinException(
                        "JVL-CFG-0098",
                        "--set " + setting.key() + " is no option of an accelerator",
                        "a checkpoint's model runs as it was trained: set accelerator.NAME.OPTION only");
            }
            all.add(setting);
        }
        return all;
    }
}
