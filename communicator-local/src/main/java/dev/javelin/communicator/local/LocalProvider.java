package dev.javelin.communicator.local;

import dev.javelin.api.JavelinException;
import dev.javelin.communicator.host.TreeSum;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.communicator.Seat;
import java.util.List;

/** The communicator {@code local}: ranks of one host, threads or processes. It takes no options. */
public final class LocalProvider implements CommunicatorProvider {

    @Override
    public String name() {
        return "local";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        Module module = LocalProvider.class.getModule();
        if (!module.isNativeAccessEnabled()) {
            return Probe.unavailable(grant(module));
        }
        return Probe.available(Libc.present() ? "threads and processes of one host" : "threads of one JVM");
    }

    @Override
    public Abilities abilities() {
        return Abilities.of(TreeSum.TYPES).withHosts(false).withProcesses(Libc.present());
    }

    /**
     * Joins.
     *
     * @throws JavelinException {@code JVL-COM-0004} for ranks on several hosts, or processes where they cannot share
     *     memory; {@code JVL-COM-0101} if memory cannot be shared; {@code JVL-COM-0103} without native access
     */
    @Override
    public Communicator join(Seat seat, Options options) {
        options.requireKnown(List.of());
        Module module = LocalProvider.class.getModule();
        if (!module.isNativeAccessEnabled()) {
            throw new JavelinException(
                    "JVL-COM-0103", "communicator local needs native access to shared memory", grant(module));
        }
        return switch (seat.closeness()) {
            case THREADS -> {
                ThreadReach reach = ThreadReach.join(seat);
                awaitAll(seat);
                yield world(seat, reach, reach.bell(seat.rank()));
            }
            case PROCESSES -> {
                if (!Libc.present()) {
                    throw unable("processes on this operating system");
                }
                yield processes(seat, SharedFiles.Kind.ANONYMOUS, SharedFiles.Kind.NAMED);
            }
            case HOSTS -> throw unable("ranks on several hosts");
        };
    }

    /** Threads need nothing of each other to join, but joining means that all are there. */
    private static void awaitAll(Seat seat) {
        seat.put("joined " + seat.rank(), new byte[0]);
        for (int rank = 0; rank < seat.size(); rank++) {
            seat.get("joined " + rank);
        }
    }

    /** @param ways to share files, the better ones first */
    static Communicator processes(Seat seat, SharedFiles.Kind... ways) {
        Libc libc = new Libc();
        ProcessReach reach = ProcessReach.join(libc, seat, ways);
        return world(seat, reach, new FutexBell(libc, reach.regions(), seat.rank()));
    }

    private static Communicator world(Seat seat, Reach reach, Bell bell) {
        return new LocalCommunicator(new Station(seat, reach, bell).world());
    }

    private static JavelinException unable(String what) {
        return new JavelinException(
                "JVL-COM-0004",
                "communicator local cannot serve " + what,
                "choose communicator tcp, or mpi where it is installed");
    }

    private static String grant(Module module) {
        return "start Java with --enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }
}
