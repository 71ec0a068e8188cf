package dev.javelin.communicator.tcp;

import dev.javelin.spi.communicator.Seat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Groups by color. The ranks tell each other their colors through the seat and not on the wires, where calls of the queue
 * may still be under way.
 */
final class Split {
    private record Vote(int rank, int color, int key) {}

    private Split() {}

    /** This rank's part of a group, by its how-manieth split. */
    static Optional<Group> of(Wires wires, Group group, int number, int color, int key) {
        Seat seat = wires.seat();
        String topic = "split " + Long.toHexString(group.id()) + " " + number + " ";
        seat.put(
                topic + group.rank(),
                ByteBuffer.allocate(8).putInt(color).putInt(key).array());
        List<Vote> votes = new ArrayList<>();
        for (int rank = 0; rank < group.size(); rank++) {
            ByteBuffer vote = ByteBuffer.wrap(seat.get(topic + rank));
            votes.add(new Vote(rank, vote.getInt(), vote.getInt()));
        }
        if (color < 0) {
            return Optional.empty();
        }
        votes.removeIf(vote -> vote.color() != color);
        votes.sort(Comparator.comparingInt(Vote::key).thenComparingInt(Vote::rank));
        int[] members =
                votes.stream().mapToInt(vote -> group.members()[vote.rank()]).toArray();
        int rank = votes.indexOf(new Vote(group.rank(), color, key));
        return Optional.of(group.part(id(group.id(), number, color), rank, members));
    }

    /** A number that is equal on all members and, by all odds, no other group's: SplittableRandom's mixing. */
    private static long id(long parent, int number, int color) {
        long z = (parent + 0x9e3779b97f4a7c15L) * 0xbf58476d1ce4e5b9L ^ ((long) number << 32 | color & 0xffffffffL);
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31) | 1;
    }
}
