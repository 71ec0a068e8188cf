package dev.javelin.communicator.local;

import dev.javelin.api.JavelinException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a group falls into groups: every member computes its own from what all of them show. */
final class Splitting {
    private final Group group;

    Splitting(Group group) {
        this.group = group;
    }

    private record Wish(int member, long color, long key, long freePlaces) {}

    /** This rank's group; null for a negative color. */
    @Nullable
    Group run(int color, int key) {
        Station station = group.station();
        group.arrive(Kind.SPLIT, 0, 0, 0, new Place(color, key), new Place(station.freePlaces(group), 0));
        List<Wish> wishes = new ArrayList<>();
        for (int member = 0; member < group.size(); member++) {
            long line = group.line(member);
            if (color >= 0 && Words.read(line + Region.CALL_SEGMENT_A) == color) {
                wishes.add(new Wish(
                        member,
                        color,
                        Words.read(line + Region.CALL_OFFSET_A),
                        Words.read(line + Region.CALL_SEGMENT_B)));
            }
        }
        wishes.sort(Comparator.comparingLong(Wish::key).thenComparingInt(Wish::member));
        Group part = color < 0 ? null : part(wishes);
        group.step(); // from here on members may meet at the new place, whose numbers all have read
        if (part != null) {
            station.take(part.place());
        }
        return part;
    }

    private Group part(List<Wish> wishes) {
        long free = -1;
        int[] members = new int[wishes.size()];
        int rank = 0;
        for (int i = 0; i < members.length; i++) {
            Wish wish = wishes.get(i);
            free &= wish.freePlaces();
            members[i] = group.world(wish.member());
            rank = wish.member() == group.rank() ? i : rank;
        }
        if (free == 0) {
            throw new JavelinException(
                    "JVL-COM-0102",
                    "split: the members of color " + wishes.getFirst().color() + " have no place in common, with "
                            + Region.PLACES + " groups each at most",
                    "close groups that are no longer used");
        }
        int place = Long.numberOfTrailingZeros(free);
        long call = 0;
        long step = 0;
        for (int member : members) {
            Region region = group.station().region(member);
            call = Math.max(call, Math.max(Words.read(region.call(place, 0)), Words.read(region.call(place, 1))));
            step = Math.max(step, Words.read(region.progress(place)));
        }
        return new Group(group.station(), group, members, rank, place, call, step);
    }
}
