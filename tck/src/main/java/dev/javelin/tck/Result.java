package dev.javelin.tck;

import org.jspecify.annotations.Nullable;

/**
 * What became of one rule.
 *
 * @param figure what was looked at, or the reason for which the rule does not apply; empty if it failed
 * @param breach how it failed; null if it did not
 */
public record Result(
        Rule<?> rule,
        Outcome outcome,
        String figure,
        @Nullable Breach breach,
        double seconds) {

    /** INAPPLICABLE: by what the plugin declares, it need not keep the rule. */
    public enum Outcome {
        PASSED,
        FAILED,
        INAPPLICABLE
    }

    /** True if it stands against a certificate. */
    public boolean fatal() {
        return outcome == Outcome.FAILED && rule.level() == Level.MUST;
    }

    /** One line for people. */
    public String line() {
        String what = breach == null ? figure : String.valueOf(breach.getMessage());
        return String.format(
                java.util.Locale.ROOT,
                "%-7s %-6s %-12s %6.2f s  %s",
                rule.id(),
                rule.level(),
                outcome.name().toLowerCase(java.util.Locale.ROOT),
                seconds,
                what.replaceAll("\\s*\\R\\s*", " | "));
    }
}
