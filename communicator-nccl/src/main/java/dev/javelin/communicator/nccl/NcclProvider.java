package dev.javelin.communicator.nccl;

import dev.javelin.api.DType;
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
import java.util.Set;

/**
 * The communicator {@code nccl}: ranks with a GPU each. Its option {@code libraryPath} names the folders that libnccl.so.2
 * is taken from.
 */
public final class NcclProvider implements CommunicatorProvider {
    static final Set<DType> SUMS =
            Set.of(DType.FLOAT64, DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16, DType.INT64, DType.INT32);

    private static final String LIBRARY_PATH = "libraryPath";

    @Override
    public String name() {
        return "nccl";
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
            return Probe.available("NCCL "
                    + NcclLibrary.text(NcclLibrary.load("", System.getenv()).ncclGetVersion()));
        } catch (JavelinException e) {
            return Probe.unavailable(e.problem() + "; " + e.remedy());
        }
    }

    @Override
    public Abilities abilities() {
        return Abilities.of(SUMS).withTreeSums(false);
    }

    /**
     * Joins. NCCL itself is started by the first call, or the first memory that is allocated: then a rank's device is known.
     *
     * @throws JavelinException {@code JVL-COM-0301} if there is no NCCL, or too old a one, {@code JVL-COM-0303} without
     *     native access
     */
    @Override
    public Communicator join(Seat seat, Options options) {
        options.requireKnown(List.of(LIBRARY_PATH));
        if (!module().isNativeAccessEnabled()) {
            throw new JavelinException("JVL-COM-0303", "communicator nccl needs native access", grant());
        }
        Nccl nccl = NcclLibrary.load(options.text(LIBRARY_PATH, ""), Map.copyOf(System.getenv()));
        int[] ranks = new int[seat.size()];
        for (int rank = 0; rank < ranks.length; rank++) {
            ranks[rank] = rank;
        }
        return new NcclCommunicator(nccl, seat, new Watcher(seat.rank()), "world", null, ranks, seat.rank()).joined();
    }

    private static Module module() {
        return NcclProvider.class.getModule();
    }

    private static String grant() {
        return "start Java with --enable-native-access=" + (module().isNamed() ? module().getName() : "ALL-UNNAMED");
    }
}
