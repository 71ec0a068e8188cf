package dev.javelin.cli.run;

import dev.javelin.api.JavelinException;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.engine.world.Launch;
import dev.javelin.engine.world.ProcessLauncher;
import dev.javelin.engine.world.RankFailure;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Starts the ranks of this host as processes: this very command again, each process with its place on its standard input;
 * for communicator {@code mpi} by Open MPI's {@code mpirun}, whose variables tell the place.
 */
public final class Launching {
    private static final int SIGNALED = 128;
    private static final String MAIN = "dev.javelin.cli/dev.javelin.cli.Main";

    private final RunConfig config;
    private final List<String> arguments;

    /**
     * @param arguments of this process's command line
     */
    Launching(RunConfig config, List<String> arguments) {
        this.config = config;
        this.arguments = List.copyOf(arguments);
    }

    /**
     * Runs the processes to their end; stops them when this one is told to.
     *
     * @param more arguments for them alone
     * @return their exit code
     * @throws RankFailure if a rank failed
     */
    public int run(List<String> more) {
        int ranks = config.ranks().ranksHere();
        if (config.communicatorPlugin().name().equals("mpi")) {
            return mpirun(ranks, more);
        }
        List<String> command = java();
        command.add("--seat");
        command.addAll(arguments);
        command.addAll(more);
        ProcessLauncher launcher = new ProcessLauncher(Launch.of(command, ranks), RankWorld.options(config));
        try (Signals signals = Signals.forward(launcher::stop)) {
            ProcessLauncher.Outcome outcome = launcher.run();
            Optional<RankFailure> failure = outcome.failure();
            if (failure.isPresent()) {
                throw failure.get();
            }
            if (signals.exitCode().isEmpty() && outcome.exitCode() == ProcessLauncher.RANK_FAILURE) {
                throw new RankFailure(
                        "JVL-RNK-0001",
                        -1,
                        "the ranks ended by themselves: they heard nothing of the launcher, this process, for their timeout",
                        "look whether this process was stopped, and start again from the last checkpoint");
            }
            return signals.exitCode().orElse(outcome.exitCode());
        }
    }

    /** Open MPI knows a program of the name java and changes its arguments: a shell stands before it. */
    private int mpirun(int ranks, List<String> more) {
        List<String> command = new ArrayList<>(List.of("mpirun", "--bind-to", "none", "--oversubscribe"));
        if ("root".equals(System.getProperty("user.name"))) {
            command.add("--allow-run-as-root");
        }
        command.addAll(List.of("-np", Integer.toString(ranks), "/bin/sh", "-c", "exec \"$@\"", "sh"));
        command.addAll(java());
        command.addAll(arguments);
        command.addAll(List.of("--set", "ranks.cluster=openmpi", "--set", "ranks.maxRestarts=0"));
        command.addAll(more);
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            try (Signals signals = Signals.forward(process::destroy)) {
                int code = process.waitFor();
                // It passes on the signal that killed a rank; the other ranks have named that one.
                return signals.exitCode().orElse(code > SIGNALED ? ProcessLauncher.RANK_FAILURE : code);
            } catch (InterruptedException e) {
                process.destroyForcibly();
                throw new IllegalStateException(e);
            }
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-COM-0004",
                    "mpirun cannot be started: " + e.getMessage(),
                    "install Open MPI (openmpi-bin), or choose --communicator local or tcp",
                    e);
        }
    }

    /** This JVM with its flags, up to the main class. */
    private static List<String> java() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        String modulePath = System.getProperty("jdk.module.path");
        if (modulePath != null && command.stream().noneMatch(word -> word.startsWith("--module-path"))) {
            command.add("--module-path=" + modulePath);
        }
        command.add("--module");
        command.add(MAIN);
        return command;
    }
}
