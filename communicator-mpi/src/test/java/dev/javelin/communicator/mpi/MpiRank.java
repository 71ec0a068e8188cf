package dev.javelin.communicator.mpi;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.communicator.Disagreement;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AddressSpace;
import dev.javelin.spi.device.DeviceQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** A rank that mpirun starts: does what its argument says and prints how that went. */
final class MpiRank {
    private static final Call CALL = new Call(new Inline(), 7);

    private MpiRank() {}

    /** A queue whose work is done when it is enqueued. */
    private static final class Inline implements DeviceQueue {
        @Override
        public Accelerator device() {
            throw new IllegalStateException("a queue of no device");
        }

        @Override
        public AddressSpace addressSpace() {
            return AddressSpace.HOST;
        }

        @Override
        public DeviceEvent record() {
            return () -> {};
        }

        @Override
        public void record(DeviceEvent event) {}

        @Override
        public void await(DeviceEvent event) {}

        @Override
        public void synchronize() {}

        @Override
        public void run(Runnable task) {
            task.run();
        }
    }

    public static void main(String[] arguments) {
        int rank = Integer.parseInt(System.getenv("OMPI_COMM_WORLD_RANK"));
        int size = Integer.parseInt(System.getenv("OMPI_COMM_WORLD_SIZE"));
        String task = arguments[0];
        try {
            ProcessSeat seat = new ProcessSeat(rank, task.equals("wrong-size") ? size + 1 : size);
            try (Communicator group = new MpiProvider().join(seat, Options.none("communicator.mpi"))) {
                switch (task) {
                    case "collectives" -> collectives(group);
                    case "random" -> random(group, Long.parseLong(arguments[1]));
                    case "disagree" -> disagree(group);
                    case "stall" -> stall(group, seat);
                    case "bench" -> Bench.run(group, CALL);
                    default -> throw new IllegalArgumentException(task);
                }
            }
            System.out.println("rank " + rank + ": done");
        } catch (Disagreement e) {
            System.out.println("rank " + rank + ": " + e.getMessage() + " [" + e.rank() + "," + e.other() + ","
                    + e.ticket() + "," + e.otherTicket() + "]");
        } catch (JavelinException e) {
            System.out.println("rank " + rank + ": " + e.getMessage());
        }
        System.out.flush();
    }

    private static void collectives(Communicator group) {
        for (long elements : new long[] {0, 1, 3, 1000, 4097, 300_001}) {
            for (DType dtype : new DType[] {DType.FLOAT64, DType.FLOAT32, DType.INT64, DType.INT32}) {
                allReduce(group, dtype, elements, elements);
                reduceScatter(group, dtype, elements, elements, true);
                reduceScatter(group, dtype, elements, elements, false);
            }
            allGather(group, elements, 1, true);
            allGather(group, elements * 8, 2, false);
            allToAll(group, elements, 3);
            for (int root = 0; root < group.size(); root++) {
                broadcast(group, elements, 4, root);
            }
            ring(group, elements);
            group.barrier(CALL);
        }
        parts(group);
        refuses(group);
    }

    private static void parts(Communicator group) {
        Communicator reversed = group.split(0, -group.rank()).orElseThrow();
        require(reversed.rank() == group.size() - 1 - group.rank(), "a key of its own orders the ranks");
        allReduce(reversed, DType.FLOAT32, 1000, 1);
        boolean in = group.rank() > 0;
        long before = group.sentBytes();
        group.split(in ? 3 : -1, 0).ifPresent(part -> {
            require(part.size() == group.size() - 1, "a color of its own");
            allReduce(part, DType.INT32, 100L * part.size(), 2);
            require(part.sentBytes() == 2 * 400L * (part.size() - 1), "closed form, sent " + part.sentBytes());
            require(group.sentBytes() - before == part.sentBytes(), "the whole counts its parts");
            part.close();
        });
        reversed.close();
        allReduce(group, DType.INT32, 1000, 3);
    }

    private static void refuses(Communicator group) {
        try {
            group.allReduce(CALL, 0, 1, DType.BFLOAT16);
            throw new AssertionError("BF16 was added");
        } catch (JavelinException e) {
            require(e.code().equals("JVL-COM-0001"), e.getMessage());
        }
        try (Arena arena = Arena.ofConfined()) {
            long buffer = memory(arena, 4096).address();
            group.allToAll(CALL, buffer, buffer + 8, 64);
            throw new AssertionError("overlapping buffers were taken");
        } catch (JavelinException e) {
            require(e.code().equals("JVL-COM-0001"), e.getMessage());
        }
        group.barrier(CALL); // the group stays of use
    }

    private static void random(Communicator group, long seed) {
        SplittableRandom random = new SplittableRandom(seed); // alike on all ranks
        for (int i = 0; i < 200; i++) {
            long size = random.nextLong(1L << random.nextInt(18)) + random.nextInt(2);
            switch (random.nextInt(6)) {
                case 0 -> allReduce(group, DType.FLOAT32, size, i);
                case 1 -> reduceScatter(group, DType.FLOAT64, size, i, random.nextBoolean());
                case 2 -> allGather(group, size, i, random.nextBoolean());
                case 3 -> allToAll(group, size, i);
                case 4 -> broadcast(group, size, i, random.nextInt(group.size()));
                default -> ring(group, size);
            }
        }
    }

    private static void disagree(Communicator group) {
        try (Arena arena = Arena.ofConfined()) {
            long buffer = arena.allocate(1 << 20).address();
            group.allReduce(CALL, buffer, 1000, DType.FLOAT32);
            if (group.rank() == 1) {
                group.allReduce(new Call(new Inline(), 8), buffer, 1001, DType.FLOAT32);
            } else {
                group.allReduce(CALL, buffer, 1000, DType.FLOAT32);
            }
        }
    }

    /** The last rank does not come; the others' engine tells them so. */
    private static void stall(Communicator group, ProcessSeat seat) {
        group.barrier(CALL);
        if (group.rank() == group.size() - 1) {
            seat.waitUntilOver(2_500_000_000L);
        } else {
            seat.giveUpAfter(500_000_000L);
            group.barrier(CALL);
        }
    }

    private static void allReduce(Communicator group, DType dtype, long elements, long seed) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = numbers(arena, dtype, elements, seed, group.rank());
            group.allReduce(CALL, buffer.address(), elements, dtype);
            same(sum(arena, dtype, elements, seed, group.size()), 0, buffer, 0, elements * dtype.bytes(), "allReduce");
        }
    }

    private static void reduceScatter(Communicator group, DType dtype, long elements, long seed, boolean inPlace) {
        try (Arena arena = Arena.ofConfined()) {
            long bytes = elements * dtype.bytes();
            int size = group.size();
            MemorySegment full = numbers(arena, dtype, elements * size, seed, group.rank());
            MemorySegment shard = inPlace ? full.asSlice(group.rank() * bytes, bytes) : memory(arena, bytes);
            group.reduceScatter(CALL, full.address(), shard.address(), elements, dtype);
            MemorySegment expected = sum(arena, dtype, elements * size, seed, size);
            same(expected, group.rank() * bytes, shard, 0, bytes, "reduceScatter");
        }
    }

    private static void allGather(Communicator group, long bytes, long seed, boolean inPlace) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment full = memory(arena, bytes * group.size());
            MemorySegment mine = numbers(arena, DType.UINT8, bytes, seed, group.rank());
            long shard = mine.address();
            if (inPlace) {
                MemorySegment.copy(mine, 0, full, group.rank() * bytes, bytes);
                shard = full.address() + group.rank() * bytes;
            }
            group.allGather(CALL, shard, full.address(), bytes);
            for (int rank = 0; rank < group.size(); rank++) {
                same(numbers(arena, DType.UINT8, bytes, seed, rank), 0, full, rank * bytes, bytes, "allGather");
            }
        }
    }

    private static void allToAll(Communicator group, long bytes, long seed) {
        try (Arena arena = Arena.ofConfined()) {
            long all = bytes * group.size();
            MemorySegment target = memory(arena, all);
            long source = numbers(arena, DType.UINT8, all, seed, group.rank()).address();
            group.allToAll(CALL, source, target.address(), bytes);
            for (int rank = 0; rank < group.size(); rank++) {
                MemorySegment theirs = numbers(arena, DType.UINT8, all, seed, rank);
                same(theirs, group.rank() * bytes, target, rank * bytes, bytes, "allToAll");
            }
        }
    }

    private static void broadcast(Communicator group, long bytes, long seed, int root) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = numbers(arena, DType.UINT8, bytes, seed, group.rank());
            group.broadcast(CALL, buffer.address(), bytes, root);
            same(numbers(arena, DType.UINT8, bytes, seed, root), 0, buffer, 0, bytes, "broadcast");
        }
    }

    /** From each rank to the next: rank 0 sends first, all others receive first. */
    private static void ring(Communicator group, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            int size = group.size();
            long mine = numbers(arena, DType.UINT8, bytes, 5, group.rank()).address();
            int before = (group.rank() + size - 1) % size;
            MemorySegment theirs = memory(arena, bytes);
            if (group.rank() == 0) {
                group.send(CALL, mine, bytes, 1);
            }
            group.recv(CALL, theirs.address(), bytes, before);
            if (group.rank() != 0) {
                group.send(CALL, mine, bytes, (group.rank() + 1) % size);
            }
            same(numbers(arena, DType.UINT8, bytes, 5, before), 0, theirs, 0, bytes, "recv");
        }
    }

    private static MemorySegment memory(Arena arena, long bytes) {
        return arena.allocate(Math.max(8, bytes), 64);
    }

    /** Whole numbers, so that sums are exact in any order. */
    private static MemorySegment numbers(Arena arena, DType dtype, long elements, long seed, int rank) {
        MemorySegment buffer = memory(arena, elements * dtype.bytes());
        for (long i = 0; i < elements; i++) {
            put(buffer, dtype, i, number(seed, rank, i));
        }
        return buffer;
    }

    private static int number(long seed, int rank, long i) {
        return (int) ((seed * 31 + rank * 17L + i * 7) % 1009) - 500;
    }

    private static MemorySegment sum(Arena arena, DType dtype, long elements, long seed, int ranks) {
        MemorySegment buffer = memory(arena, elements * dtype.bytes());
        for (long i = 0; i < elements; i++) {
            int sum = 0;
            for (int rank = 0; rank < ranks; rank++) {
                sum += number(seed, rank, i);
            }
            put(buffer, dtype, i, sum);
        }
        return buffer;
    }

    private static void put(MemorySegment buffer, DType dtype, long i, int value) {
        switch (dtype) {
            case FLOAT64 -> buffer.setAtIndex(ValueLayout.JAVA_DOUBLE, i, value);
            case FLOAT32 -> buffer.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
            case INT64 -> buffer.setAtIndex(ValueLayout.JAVA_LONG, i, value);
            case INT32 -> buffer.setAtIndex(ValueLayout.JAVA_INT, i, value);
            default -> buffer.set(ValueLayout.JAVA_BYTE, i, (byte) value);
        }
    }

    private static void same(
            MemorySegment expected, long expectedAt, MemorySegment actual, long actualAt, long bytes, String what) {
        long differs =
                MemorySegment.mismatch(expected, expectedAt, expectedAt + bytes, actual, actualAt, actualAt + bytes);
        require(differs < 0, what + " of " + bytes + " bytes: byte " + differs + " differs");
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
