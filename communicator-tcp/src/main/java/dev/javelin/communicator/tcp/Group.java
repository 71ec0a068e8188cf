package dev.javelin.communicator.tcp;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Who belongs to a group, by number in the world, and what it has sent.
 *
 * @param id equal on all members, different from other groups'; 0 for the world
 * @param rank of this process in the group
 * @param members number in the world of each rank of the group
 * @param sent payload bytes, those of its parts included
 * @param parent the group that it is a part of
 */
record Group(
        long id,
        int rank,
        int[] members,
        AtomicLong sent,
        @Nullable Group parent) {

    static Group world(int rank, int size) {
        int[] members = new int[size];
        for (int i = 0; i < size; i++) {
            members[i] = i;
        }
        return new Group(0, rank, members, new AtomicLong(), null);
    }

    Group part(long id, int rank, int[] members) {
        return new Group(id, rank, members, new AtomicLong(), this);
    }

    int size() {
        return members.length;
    }

    void count(long bytes) {
        for (Group group = this; group != null; group = group.parent) {
            group.sent.addAndGet(bytes);
        }
    }

    /** The rank of the group that has this number in the world. */
    int rankOf(int worldRank) {
        for (int i = 0; i < members.length; i++) {
            if (members[i] == worldRank) {
                return i;
            }
        }
        throw new IllegalArgumentException("rank " + worldRank + " is no member");
    }

    /** A rank of the group, for messages. */
    String name(int groupRank) {
        return "rank " + groupRank
                + (parent == null ? "" : " of the group (rank " + members[groupRank] + " of the world)");
    }
}
