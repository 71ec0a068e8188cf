package dev.javelin.cli.config;

import java.util.ArrayList;
import java.util.List;

/** Settings from several sources, one over the other. */
final class Layers {
    private Layers() {}

    private static final String AVERAGE = "trainer.average";

    /**
     * In rising precedence; a whole model replaces the parts of it that were set before, and another kind of average what
     * earlier sources said of theirs.
     */
    static List<Setting> flatten(List<Setting> settings) {
        List<Setting> flat = new ArrayList<>();
        for (Setting setting : settings) {
            if (setting.key().equals("model")) {
                flat.removeIf(before -> before.key().startsWith("model."));
            }
            if (setting.key().equals(AVERAGE) && otherKind(setting, flat)) {
                flat.removeIf(before ->
                        before.key().startsWith(AVERAGE) && !source(before).equals(source(setting)));
            }
            flat.add(setting);
        }
        return flat;
    }

    private static boolean otherKind(Setting setting, List<Setting> flat) {
        return flat.stream()
                .filter(before -> before.key().equals(AVERAGE))
                .reduce((first, second) -> second)
                .filter(before -> !before.text().equals(setting.text()))
                .isPresent();
    }

    /** A file without the line. */
    private static String source(Setting setting) {
        return setting.place().replaceFirst(":\\d+:\\d+$", "");
    }
}
