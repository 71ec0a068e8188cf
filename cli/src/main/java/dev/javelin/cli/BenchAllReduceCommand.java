package dev.javelin.cli;

import static java.util.Objects.requireNonNull;

import dev.javelin.cli.bench.AllReduceBench;
import dev.javelin.cli.bench.AllReduceReport;
import dev.javelin.cli.bench.SumTeam;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Measures sums over ranks by every communicator. */
@Command(
        name = "allreduce",
        description =
                "Measures sums of FLOAT32 buffers over ranks of this host: communicator local with threads and with"
                        + " processes, tcp, mpi where Open MPI is installed, and beside them the copy of as many bytes.",
        footer = {
            "Bandwidth is 2 (N-1)/N of the bytes by the mean time of a call; of a copy, the bytes by its time.",
            "Buffers take turns in 128 MiB or more, so that they are found in memory and not in a cache.",
            "Example:",
            "  javelin bench allreduce --ranks 2 --json"
        })
final class BenchAllReduceCommand implements Callable<Integer> {
    private static final long[] SIZES = LongStream.iterate(4096, bytes -> bytes <= 256 << 20, bytes -> 4 * bytes)
            .toArray();
    private static final long[] BUSY_SIZES = {4096};
    private static final int MOST_RANKS = 64;

    @ParentCommand
    private @Nullable BenchCommand bench;

    @Option(names = "--ranks", paramLabel = "N", defaultValue = "2", description = "Ranks; default: ${DEFAULT-VALUE}.")
    private int ranks = 2;

    @Option(
            names = "--turns",
            paramLabel = "N",
            defaultValue = "3",
            description = "How often each is measured; the median counts; default: ${DEFAULT-VALUE}.")
    private int turns = 3;

    @Option(
            names = "--sizes",
            paramLabel = "BYTES",
            split = ",",
            description = "Sizes of the buffers, multiples of 4; default: 4 KiB to 256 MiB by powers of 4.")
    private long @Nullable [] sizes;

    @Option(names = "--row", hidden = true, description = "Be a process of this row.")
    private SumTeam.@Nullable Row row;

    @Option(names = "--process", hidden = true, description = "Number of the process.")
    private int process;

    @Option(names = "--port", hidden = true, description = "Where the processes of the row meet.")
    private int port;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() {
        Console console = output.console(requireNonNull(command));
        long[] measured = sizes == null ? SIZES : sizes;
        if (ranks < 1
                || ranks > MOST_RANKS
                || turns < 1
                || Arrays.stream(measured).anyMatch(b -> b < 4 || b % 4 != 0)) {
            throw new ParameterException(
                    requireNonNull(command).commandLine(),
                    "give 1 to " + MOST_RANKS + " ranks, a turn or more, and sizes that are multiples of 4");
        }
        if (row != null) {
            Main main = requireNonNull(bench).main();
            new SumTeam(PluginsCommand.registry(main), console::line).run(row, ranks, process, port, measured);
            return ExitCode.OK;
        }
        AllReduceReport report = new AllReduceBench(ranks, turns, JavaArgsCommand.ARGUMENTS, console::note)
                .run(measured, sizes == null ? BUSY_SIZES : new long[0]);
        report.lines().forEach(console::line);
        console.object(report.object());
        return ExitCode.OK;
    }
}
