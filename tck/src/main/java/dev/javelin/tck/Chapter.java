package dev.javelin.tck;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The rules for one kind of plugin.
 *
 * @param name the kind, for example {@code communicator}
 * @param introduction what the reader of the rules must know first
 */
public record Chapter<S extends Subject>(String name, String title, String introduction, List<Rule<S>> rules) {
    public Chapter {
        rules = List.copyOf(rules);
        Set<String> ids = new HashSet<>();
        for (Rule<S> rule : rules) {
            if (!ids.add(rule.id())) {
                throw new IllegalArgumentException("two rules are numbered " + rule.id());
            }
        }
    }

    /** The chapter as it stands in {@code spec/NAME.md}. */
    public String markdown() {
        StringBuilder text = new StringBuilder("# ")
                .append(title)
                .append("\n\n")
                .append(introduction)
                .append('\n');
        for (Rule<S> rule : rules) {
            text.append("\n## ")
                    .append(rule.id())
                    .append(' ')
                    .append(rule.level())
                    .append("\n\n");
            text.append(rule.sentence())
                    .append("\n\n*Intent:* ")
                    .append(rule.intent())
                    .append('\n');
        }
        return text.toString();
    }

    public Rule<S> rule(String id) {
        return rules.stream()
                .filter(rule -> rule.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no rule " + id + " in chapter " + name));
    }
}
