package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;

/**
 * One key with the text of its value.
 *
 * @param key dotted path, for example {@code trainer.maxSteps}; items of a list are {@code optimizer.groups[0].match}
 * @param place where it was written: {@code file:line:column}, {@code --set} or an option
 */
public record Setting(String key, String text, String place) {

    /**
     * Reads {@code KEY=VALUE} of a {@code --set}.
     *
     * @throws JavelinException {@code JVL-CFG-0046} if it has another form
     */
    public static Setting parse(String assignment) {
        int at = assignment.indexOf('=');
        if (at < 1 || assignment.substring(0, at).isBlank()) {
            throw new JavelinException(
                    "JVL-CFG-0046",
                    "--set '" + assignment + "' is not of the form KEY=VALUE",
                    "write for example --set optimizer.learningRate=3e-4");
        }
        return new Setting(
                assignment.substring(0, at).strip(),
                assignment.substring(at + 1).strip(),
                "--set");
    }
}
