package dev.javelin.engine.world;

import java.util.List;

/** A launcher in a process of its own: {@code LauncherProcess PROCESSES TIMEOUT_MILLIS COMMAND...}. */
final class LauncherProcess {
    private LauncherProcess() {}

    public static void main(String[] arguments) {
        List<String> command = List.of(arguments).subList(2, arguments.length);
        WorldOptions options =
                WorldOptions.standard().withVersion("test").withTimeoutMillis(Long.parseLong(arguments[1]));
        ProcessLauncher.Outcome outcome =
                new ProcessLauncher(Launch.of(command, Integer.parseInt(arguments[0])), options).run();
        outcome.failure().ifPresent(failure -> System.err.println(failure.getMessage()));
        System.exit(outcome.exitCode());
    }
}
