package dev.javelin.communicator.local;

import dev.javelin.api.JavelinException;
import dev.javelin.communicator.local.Libc.Failure;
import dev.javelin.spi.communicator.Seat;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/** The regions of all processes, mapped here, and how to map more of their files. */
final class Peers {
    private final SharedFiles files;
    private final Region[] regions;
    private final long[] pids;
    private final long[] stamps;
    private final long bytes;

    private Peers(SharedFiles files, Region[] regions, long[] pids, long[] stamps, long bytes) {
        this.files = files;
        this.regions = regions;
        this.pids = pids;
        this.stamps = stamps;
        this.bytes = bytes;
    }

    /**
     * Every process makes its region and maps those of the others: all in the same one of these ways, the first that
     * they all can.
     *
     * @throws JavelinException {@code JVL-COM-0101} if there is no such memory either way
     */
    static Peers join(Libc libc, Seat seat, SharedFiles.Kind... ways) {
        StringBuilder problems = new StringBuilder();
        for (SharedFiles.Kind kind : ways) {
            Joining joining = new Joining(libc, seat, kind);
            Peers peers = joining.run(problems);
            if (peers != null) {
                return peers;
            }
        }
        throw new JavelinException(
                "JVL-COM-0101",
                "the processes cannot share memory: " + problems,
                "let them see each other's /proc or one /dev/shm, or choose communicator tcp");
    }

    SharedFiles files() {
        return files;
    }

    Region[] regions() {
        return regions;
    }

    /** Maps a file of a rank of the world. */
    long map(int worldRank, long id, long fileBytes) throws Failure {
        return files.map(pids[worldRank], stamps[worldRank], id, fileBytes);
    }

    void close() {
        for (Region region : regions) {
            if (region.address() != 0) {
                files.unmap(region.address(), bytes);
            }
        }
    }

    /** One attempt. */
    private static final class Joining {
        private final Seat seat;
        private final String key;
        private final long bytes;
        private final long[] pids;
        private final long[] stamps;
        private final Region[] regions;
        private final SharedFiles files;

        Joining(Libc libc, Seat seat, SharedFiles.Kind kind) {
            this.seat = seat;
            this.key = "region " + kind + " ";
            this.bytes = Region.bytes(seat.size(), true);
            this.pids = new long[seat.size()];
            this.stamps = new long[seat.size()];
            this.regions = new Region[seat.size()];
            int rank = seat.rank();
            for (int i = 0; i < regions.length; i++) {
                regions[i] = new Region(0);
            }
            pids[rank] = ProcessHandle.current().pid();
            stamps[rank] = new SecureRandom().nextLong();
            this.files = new SharedFiles(libc, kind, pids[rank], stamps[rank]);
        }

        /** The peers if every rank has mapped all regions; null, with the problem noted, if one could not. */
        @Nullable
        Peers run(StringBuilder problems) {
            Peers peers = new Peers(files, regions, pids, stamps, bytes);
            SharedFiles.File file;
            String problem = "";
            try {
                file = files.make(bytes);
            } catch (Failure e) {
                file = new SharedFiles.File(-1, -1);
                problem = String.valueOf(e.getMessage());
            }
            try {
                if (problem.isEmpty()) {
                    problem = mapOwn(file);
                }
                put("file", pids[seat.rank()] + " " + stamps[seat.rank()] + " " + file.id());
                problem = mapOthers(problem);
                put("mapped", problem);
                boolean all = true;
                for (int rank = 0; rank < seat.size(); rank++) {
                    String theirs = get("mapped", rank);
                    if (!theirs.isEmpty()) {
                        problems.append("rank ")
                                .append(rank)
                                .append(": ")
                                .append(theirs)
                                .append("; ");
                        all = false;
                    }
                }
                if (!all) {
                    peers.close();
                    return null;
                }
                return peers;
            } catch (RuntimeException e) {
                peers.close();
                throw e;
            } finally {
                dismiss(file);
            }
        }

        private String mapOwn(SharedFiles.File file) {
            try {
                long address = files.map(file, bytes);
                regions[seat.rank()] = new Region(address);
                Words.publish(address, stamps[seat.rank()]);
                return "";
            } catch (Failure e) {
                return String.valueOf(e.getMessage());
            }
        }

        /** Maps the others' regions; gives what went wrong, here or before. */
        private String mapOthers(String before) {
            String problem = before;
            for (int rank = 0; rank < seat.size(); rank++) {
                String[] words = get("file", rank).split(" ", -1);
                if (rank == seat.rank() || !problem.isEmpty()) {
                    continue;
                }
                pids[rank] = Long.parseLong(words[0]);
                stamps[rank] = Long.parseLong(words[1]);
                try {
                    long address = files.map(pids[rank], stamps[rank], Long.parseLong(words[2]), bytes);
                    regions[rank] = new Region(address);
                    if (Words.read(address) != stamps[rank]) {
                        problem = "process " + pids[rank] + " is another one here";
                    }
                } catch (Failure e) {
                    problem = String.valueOf(e.getMessage());
                }
            }
            return problem;
        }

        private void dismiss(SharedFiles.File file) {
            if (file.descriptor() >= 0) {
                try {
                    files.dismiss(file);
                } catch (Failure e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        private void put(String what, String value) {
            seat.put(key + what + " " + seat.rank(), value.getBytes(StandardCharsets.UTF_8));
        }

        private String get(String what, int rank) {
            return new String(seat.get(key + what + " " + rank), StandardCharsets.UTF_8);
        }
    }
}
