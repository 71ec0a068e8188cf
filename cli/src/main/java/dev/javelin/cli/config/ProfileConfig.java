package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Profiling;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Which steps are profiled.
 *
 * @param steps empty for none, a number of steps after the warm-up, or the first and the last
 * @param out folder for the files; empty for the usual one
 */
public record ProfileConfig(String steps, Optional<Path> out) {
    /** No steps. */
    public static final ProfileConfig NONE = new ProfileConfig("", Optional.empty());

    static ProfileConfig read(Settings settings) {
        ProfileConfig config = new ProfileConfig(
                settings.text("profile.steps", ""),
                settings.find("profile.out")
                        .map(setting -> Path.of(setting.text()).toAbsolutePath().normalize()));
        if (config.steps.isEmpty() && config.out.isPresent()) {
            throw new JavelinException(
                    "JVL-CFG-0075",
                    settings.find("profile.out").orElseThrow().place()
                            + ": a folder for a profile is given, but no steps to profile",
                    "add --profile, or profile.steps");
        }
        try {
            config.profiling();
        } catch (JavelinException e) {
            throw e.at(settings.find("profile.steps").orElseThrow().place());
        }
        return config;
    }

    /** As the trainer takes it. */
    public Optional<Profiling> profiling() {
        return steps.isEmpty()
                ? Optional.empty()
                : Optional.of(Profiling.parse(steps).withOut(out.orElse(null)));
    }

    void addTo(SequencedMap<String, Object> tree) {
        if (!steps.isEmpty()) {
            SequencedMap<String, Object> section = new LinkedHashMap<>();
            section.put("steps", steps);
            out.ifPresent(folder -> section.put("out", folder.toString()));
            tree.put("profile", section);
        }
    }
}
