package dev.javelin.engine;

import dev.javelin.api.JavelinException;
import dev.javelin.api.optimizer.ParameterGroup;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks optimizer groups: their names and those of their slots name chunks, scalars and files. */
final class Groups {
    private static final Set<String> TAKEN = Set.of("param", "gradient", "model");

    private Groups() {}

    /**
     * @throws JavelinException {@code JVL-CFG-0011} for two groups of one name, {@code JVL-CFG-0012} for a slot whose
     *     name cannot name a file or is taken
     */
    static void check(List<ParameterGroup> groups) {
        Set<String> names = new HashSet<>();
        for (ParameterGroup group : groups) {
            if (!names.add(group.name())) {
                throw new JavelinException(
                        "JVL-CFG-0011",
                        "two optimizer groups have the name '" + group.name() + "'",
                        "give each group its own name");
            }
            Set<String> slots = new HashSet<>();
            for (String slot : group.optimizer().slots()) {
                if (!slot.matches("[a-zA-Z][a-zA-Z0-9_]*") || TAKEN.contains(slot) || !slots.add(slot)) {
                    throw new JavelinException(
                            "JVL-CFG-0012",
                            "optimizer '" + group.optimizer().name() + "' names a slot '" + slot + "'",
                            "name each slot once, by letters, digits and _, starting with a letter, and not one of "
                                    + TAKEN.stream().sorted().toList());
                }
            }
        }
    }
}
