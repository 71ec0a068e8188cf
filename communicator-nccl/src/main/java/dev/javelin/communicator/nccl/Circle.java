package dev.javelin.communicator.nccl;

import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Some ranks as one of them: their roll and, from the first call with a device on, their clique. */
final class Circle implements AutoCloseable {
    private final Nccl nccl;
    private final Seat seat;
    private final Watcher watcher;
    private final int[] members;
    private final int self;
    private final Roll roll;
    private volatile @Nullable Clique clique;
    private @Nullable Accelerator device;

    /** @param members ranks of the world, in the order of the circle */
    Circle(Nccl nccl, Seat seat, Watcher watcher, String name, int[] members, int self) {
        this.nccl = nccl;
        this.seat = seat;
        this.watcher = watcher;
        this.members = members.clone();
        this.self = self;
        this.roll = Roll.of(seat, name, members);
    }

    int self() {
        return self;
    }

    int size() {
        return members.length;
    }

    int world(int member) {
        return members[member];
    }

    Roll roll() {
        return roll;
    }

    /** Meets the others, who do the same; gives their lines. */
    List<Line> meet(Line line, Runnable check) {
        List<Line> lines = roll.call(line.bytes(), check).stream().map(Line::of).toList();
        Line.requireAlike(lines, self);
        return lines;
    }

    /** The clique of the members' devices; all ask for it in the same call. */
    Clique clique(Accelerator on, Runnable check) {
        Clique made = clique;
        if (made == null) {
            made = Clique.make(nccl, seat, watcher, roll, self, on, check);
            clique = made;
            device = on;
        } else if (device != on) {
            throw NcclErrors.wrong(
                    "a call on another device than the first one of this rank", "use one device in each group");
        }
        return made;
    }

    void end(RuntimeException reason) {
        Clique made = clique;
        if (made != null) {
            made.end(reason);
        }
    }

    @Override
    public void close() {
        if (clique != null) {
            clique.close();
        }
        roll.close();
    }
}
