package dev.javelin.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.api.trainer.Callback;
import dev.javelin.cli.Console;
import dev.javelin.cli.config.RunConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The reporters of a run")
class ReportersTest {
    private static final Console CONSOLE =
            new Console(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), false);

    @Test
    @DisplayName("are found as beans, with console and configuration injected")
    void areFoundAsBeans() {
        try (Reporters reporters = Reporters.start(CONSOLE, RunConfig.of(List.of()))) {
            assertEquals(
                    Set.of(ProgressReporter.class),
                    reporters.callbacks().stream().map(Callback::getClass).collect(Collectors.toSet()));
        }
    }
}
