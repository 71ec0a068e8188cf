package dev.javelin.communicator.mpi;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.communicator.Seat;
import java.util.List;
import java.util.Map;

/** The communicator {@code mpi}. Its option {@code library} is the path of libmpi, where it is not found by itself. */
public final class MpiProvider implements CommunicatorProvider {
    private static final String LIBRARY = "library";

    /** What Open MPI's launchers, of themselves or through PMIx, give to each process. */
    private static final List<String> LAUNCHED = List.of("OMPI_COMM_WORLD_SIZE", "PMIX_RANK");

    private final Map<String, String> environment;

    public MpiProvider() {
        this(System.getenv());
    }

    MpiProvider(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    @Override
    public String name() {
        return "mpi";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        if (!module().isNativeAccessEnabled()) {
            return Probe.unavailable("needs native access: " + grant());
        }
        try {
            String version = MpiLibrary.load("").MPI_Get_library_version();
            return Probe.available(
                    version.lines().findFirst().orElse(version).split(",", 2)[0].strip());
        } catch (JavelinException e) {
            return Probe.unavailable(e.problem() + "; " + e.remedy());
        }
    }

    @Override
    public Abilities abilities() {
        return Abilities.of(MpiCommunicator.SUMS).withTreeSums(false).withThreads(false);
    }

    /**
     * Starts MPI in this process, which waits for all ranks.
     *
     * @throws JavelinException {@code JVL-COM-0201} if there is no Open MPI, {@code JVL-COM-0203} without native access,
     *     {@code JVL-COM-0004} if ranks are threads, if no launcher of MPI started this process, or if its rank and size
     *     are not the seat's
     */
    @Override
    public Communicator join(Seat seat, Options options) {
        options.requireKnown(List.of(LIBRARY));
        if (seat.closeness() == Seat.Closeness.THREADS && seat.size() > 1) {
            throw MpiErrors.world("its ranks are processes, but here are " + seat.size() + " threads of one JVM");
        }
        if (LAUNCHED.stream().noneMatch(environment::containsKey)) {
            throw MpiErrors.world("this process was not started by mpirun: none of " + LAUNCHED + " is set");
        }
        if (!module().isNativeAccessEnabled()) {
            throw new JavelinException(MpiErrors.NO_NATIVE_ACCESS, "communicator mpi needs native access", grant());
        }
        Mpi mpi = MpiLibrary.load(options.text(LIBRARY, ""));
        meet(seat);
        MpiProcess process = MpiProcess.get();
        process.start(mpi);
        int rank = mpi.MPI_Comm_rank(mpi.commWorld);
        int size = mpi.MPI_Comm_size(mpi.commWorld);
        if (rank != seat.rank() || size != seat.size()) {
            throw MpiErrors.world("this is rank " + seat.rank() + " of " + seat.size() + ", but MPI started it as rank "
                    + rank + " of " + size);
        }
        return new MpiCommunicator(mpi, process, seat, mpi.MPI_Comm_dup(mpi.commWorld), null);
    }

    /** Waits for the other ranks as the seat says: MPI itself would wait for them without end. */
    private static void meet(Seat seat) {
        seat.put("mpi here " + seat.rank(), new byte[0]);
        for (int rank = 0; rank < seat.size(); rank++) {
            seat.get("mpi here " + rank);
        }
    }

    private static Module module() {
        return MpiProvider.class.getModule();
    }

    private static String grant() {
        return "start Java with --enable-native-access=" + (module().isNamed() ? module().getName() : "ALL-UNNAMED");
    }
}
