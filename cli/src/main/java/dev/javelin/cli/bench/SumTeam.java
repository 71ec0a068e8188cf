package dev.javelin.cli.bench;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.world.Member;
import dev.javelin.engine.world.Pulse;
import dev.javelin.engine.world.World;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.WorldPlace;
import dev.javelin.engine.world.Worlds;
import dev.javelin.spi.Options;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.device.Accelerator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** What a process of the measurement does: one row, or its part of it. */
public final class SumTeam {
    /** The rows, in the order of the table. */
    public enum Row {
        LOCAL_THREADS("local, threads", "local", false),
        LOCAL_PROCESSES("local, processes", "local", true),
        TCP("tcp, threads on loopback", "tcp", false),
        MPI("mpi, processes of mpirun", "mpi", true),
        MEMCPY("memcpy, one process", "", false);

        private final String label;
        private final String communicator;
        private final boolean processes;

        Row(String label, String communicator, boolean processes) {
            this.label = label;
            this.communicator = communicator;
            this.processes = processes;
        }

        String label() {
            return label;
        }

        /** Name of the plugin; empty where there is none. */
        String communicator() {
            return communicator;
        }

        /** Whether each rank is a process. */
        boolean processes() {
            return processes;
        }
    }

    /** Open MPI's launcher tells its processes who they are. */
    private static final String MPI_RANK = "OMPI_COMM_WORLD_RANK";

    private final PluginRegistry plugins;
    private final Consumer<String> lines;

    /** @param lines hears the results: a size in bytes and seconds */
    public SumTeam(PluginRegistry plugins, Consumer<String> lines) {
        this.plugins = plugins;
        this.lines = lines;
    }

    /**
     * Measures.
     *
     * @param process number of this process, from 0; a launcher that tells knows better
     * @param port where the processes of the row meet
     */
    public void run(Row row, int ranks, int process, int port, long[] sizes) {
        if (row == Row.MEMCPY) {
            try (Accelerator cpu = open()) {
                new SumRank(cpu, sizes).copies(this::tell);
            }
            return;
        }
        WorldOptions options = WorldOptions.standard();
        String told = System.getenv(MPI_RANK);
        int own = row == Row.MPI && told != null ? number(told) : process;
        WorldPlace place = WorldPlace.of("bench-" + port, own, ranks, "127.0.0.1", port);
        try (World world = row.processes() ? Worlds.join(place, options) : Worlds.threads(ranks, options)) {
            world.run(member -> rank(row, member, sizes));
        }
    }

    private List<Long> rank(Row row, Member member, long[] sizes) {
        member.pulse().enter(Pulse.Phase.EVALUATE);
        try (Accelerator cpu = open();
                Communicator group = plugins.communicator(row.communicator())
                        .join(member, Options.none("communicator." + row.communicator()))) {
            new SumRank(cpu, sizes).sums(group, this::tell);
        }
        return List.of();
    }

    private Accelerator open() {
        return plugins.accelerator("cpu").open(new Options("accelerator.cpu", Map.of("threads", "1", "blas", "java")));
    }

    private void tell(long bytes, double seconds) {
        lines.accept(String.format(Locale.ROOT, "%d %.9f", bytes, seconds));
    }

    private static int number(String rank) {
        try {
            return Integer.parseInt(rank);
        } catch (NumberFormatException e) {
            throw new JavelinException(
                    "JVL-COM-0004", MPI_RANK + " is '" + rank + "'", "start the process by mpirun of Open MPI");
        }
    }
}
