package dev.javelin.engine.world;

import java.io.OutputStream;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * What a {@link ProcessLauncher} starts. Start from {@link #of}.
 *
 * @param job name of the job
 * @param command of every process; the place of each is written to its standard input
 * @param ranks how many ranks each process has
 * @param out gets what process 0 writes to its standard output; what others write there is dropped
 * @param err gets what all write to their standard error, lines of all but process 0 with the rank before them
 */
public record Launch(String job, List<String> command, List<Integer> ranks, OutputStream out, OutputStream err) {
    public Launch {
        command = List.copyOf(command);
        ranks = List.copyOf(ranks);
        if (command.isEmpty() || ranks.isEmpty()) {
            throw new IllegalArgumentException("a launch of " + ranks.size() + " processes of " + command);
        }
    }

    /** Processes with one rank each, which write where this one does. */
    public static Launch of(List<String> command, int processes) {
        return new Launch(
                UUID.randomUUID().toString(), command, Collections.nCopies(processes, 1), System.out, System.err);
    }

    public Launch withJob(String name) {
        return new Launch(name, command, ranks, out, err);
    }

    public Launch withRanks(List<Integer> ofEachProcess) {
        return new Launch(job, command, ofEachProcess, out, err);
    }

    public Launch withOutput(OutputStream newOut, OutputStream newErr) {
        return new Launch(job, command, ranks, newOut, newErr);
    }
}
