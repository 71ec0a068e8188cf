package dev.javelin.cli.config;

import java.util.ArrayList;
import java.util.List;

/** Settings from several sources, one over the other. */
final class Layers {
    private Layers() {}

    /** In rising precedence; a whole model replaces the parts of it that were set before. */
    static List<Setting> flatten(List<Setting> settings) {
        List<Setting> flat = new ArrayList<>();
        for (Setting setting : settings) {
            if (setting.key().equals("model")) {
                flat.removeIf(before -> before.key().startsWith("model."));
            }
            flat.add(setting);
        }
        return flat;
    }
}
