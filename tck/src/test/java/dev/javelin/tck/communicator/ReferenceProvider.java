package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.spi.communicator.Seat;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;

/** Ranks that are threads, and all else as it should be; doubles override what they get wrong. */
class ReferenceProvider implements CommunicatorProvider {
    static final Set<DType> SUMS = EnumSet.complementOf(EnumSet.of(DType.BOOL));

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return Probe.available("works everywhere");
    }

    @Override
    public Abilities abilities() {
        return Abilities.of(SUMS).withProcesses(false).withHosts(false);
    }

    @Override
    public Communicator join(Seat seat, Options options) {
        options.requireKnown(List.of());
        if (seat.closeness() != Seat.Closeness.THREADS) {
            throw new JavelinException(
                    "JVL-COM-0004", "ranks are " + seat.closeness(), "run the ranks as threads of one JVM");
        }
        return wrapped(open(seat).joined(), seat);
    }

    ReferenceCommunicator open(Seat seat) {
        Board board = seat.shared("board", Board.class, () -> boards().apply(seat.size()));
        return new ReferenceCommunicator(board, seat.rank(), seat, null);
    }

    /** What makes the groups' boards. */
    IntFunction<Board> boards() {
        return size -> new Board(size, boards());
    }

    /** What the rank gets. */
    Communicator wrapped(Communicator sound, Seat seat) {
        return sound;
    }
}
