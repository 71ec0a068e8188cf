package dev.javelin.cli.run;

import dev.javelin.engine.plugin.PluginRegistry;
import dev.javelin.engine.world.Launch;
import dev.javelin.engine.world.ProcessLauncher;
import dev.javelin.engine.world.World;
import dev.javelin.engine.world.WorldOptions;
import dev.javelin.engine.world.WorldPlace;
import dev.javelin.engine.world.Worlds;
import dev.javelin.spi.cluster.ClusterPlace;
import dev.javelin.spi.cluster.ClusterProvider;
import dev.javelin.tck.communicator.ProcessRanks;
import dev.javelin.tck.communicator.Ranks;
import dev.javelin.tck.communicator.ThreadRanks;
import java.io.File;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The ranks that a plugin is checked with: threads, or processes of which this is one. */
public final class TckRanks implements AutoCloseable {
    /** How many processes there are if nobody says. */
    public static final int PROCESSES = 3;

    private static final long PATIENCE_MILLIS = 600_000;

    private final Ranks ranks;
    private final @Nullable World world;

    /** What ranks are. */
    public enum Launching {
        THREADS,
        PROCESSES
    }

    private TckRanks(Ranks ranks, @Nullable World world) {
        this.ranks = ranks;
        this.world = world;
    }

    public static TckRanks threads() {
        return new TckRanks(ThreadRanks.ofWorlds(), null);
    }

    /** This process's rank, by the place that its launcher writes to it. */
    public static TckRanks member(InputStream place) {
        World world = Worlds.join(WorldPlace.fromStdin(place), options());
        return new TckRanks(new ProcessRanks(world), world);
    }

    /** This process's rank, if a cluster's engine has started it as one of several. */
    public static Optional<TckRanks> ofCluster(PluginRegistry plugins) {
        for (ClusterProvider cluster : plugins.clusters()) {
            Optional<ClusterPlace> place = cluster.place(System.getenv());
            if (place.isPresent() && place.get().processes() > 1) {
                WorldPlace found = WorldPlace.of(place.get(), 1, Optional.empty(), Optional.empty());
                World world = Worlds.join(found, options());
                return Optional.of(new TckRanks(new ProcessRanks(world), world));
            }
        }
        return Optional.empty();
    }

    private static WorldOptions options() {
        return WorldOptions.standard().withTimeoutMillis(PATIENCE_MILLIS);
    }

    /** Starts the processes with these flags for Java and words for Javelin, and waits for them; the exit code. */
    public static int launch(List<String> flags, List<String> words, int processes) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("--add-modules=java.se", "--module-path", modulePath()));
        command.addAll(List.of("--module", "dev.javelin.cli/dev.javelin.cli.Main"));
        command.addAll(words);
        return new ProcessLauncher(Launch.of(command, processes), options())
                .run()
                .exitCode();
    }

    /** The modules of this JVM; what lies on the class path may be needed at run time only. */
    private static String modulePath() {
        String path = System.getProperty("jdk.module.path");
        String classes = System.getProperty("java.class.path", "");
        return classes.isEmpty() ? path : path + File.pathSeparator + classes;
    }

    public Ranks ranks() {
        return ranks;
    }

    /** Whether this process reports. */
    public boolean first() {
        return world == null || world.members().getFirst().rank() == 0;
    }

    @Override
    public void close() {
        if (world != null) {
            world.close();
        }
    }
}
