package dev.javelin.cli;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.Setting;
import dev.javelin.engine.profile.Profiler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that let some steps be profiled, and how what was found is shown. */
final class ProfileOptions {
    @Option(
            names = "--profile",
            arity = "0..1",
            fallbackValue = "3",
            paramLabel = "STEPS",
            description = "Profile so many steps after the warm-up (3 if nothing is said), or steps FIRST-LAST"
                    + " (profile.steps): tables here, a trace for Perfetto in a file.")
    private @Nullable String steps;

    @Option(
            names = "--profile-out",
            paramLabel = "DIR",
            description = "Folder for the profile's files (profile.out); 'profile' in the run's folder if it is left"
                    + " out.")
    private @Nullable String out;

    void add(List<Setting> settings) {
        ConfigOptions.add(settings, "--profile", "profile.steps", steps);
        ConfigOptions.add(settings, "--profile-out", "profile.out", out);
    }

    /** Shows the tables of a profile. */
    static void show(Path folder, Console console) {
        Path tables = folder.resolve(Profiler.TABLES);
        try {
            console.line("");
            console.text(Files.readString(tables));
            console.line("");
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0025",
                    "cannot read " + tables + " of the profile: " + e,
                    "check your rights there, or give another folder with --profile-out",
                    e);
        }
        console.line("trace for ui.perfetto.dev or chrome://tracing: " + folder.resolve(Profiler.TRACE));
    }
}
