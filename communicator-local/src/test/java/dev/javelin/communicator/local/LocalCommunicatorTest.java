package dev.javelin.communicator.local;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.api.DType;
import dev.javelin.communicator.host.HostMemory;
import dev.javelin.communicator.host.Shares;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.communicator.Seat.Closeness;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class LocalCommunicatorTest {
    private static final long[] SIZES = {0, 1, 7, 1000, 8191, 20_011};
    private static final long[] LONGER = {0, 7, 1000, 160_001}; // the last is more than a window holds
    private static final DType[] SUMMED = {
        DType.FLOAT64, DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16, DType.INT64, DType.INT32
    };

    private static Stream<Arguments> worlds() {
        return IntStream.rangeClosed(1, 5)
                .boxed()
                .flatMap(size -> Stream.of(
                        Arguments.of(size, Where.MEMORY_OF_THREADS),
                        Arguments.of(size, Where.SHARED_DEVICE),
                        Arguments.of(size, Where.MEMORY_OF_PROCESSES),
                        Arguments.of(size, Where.OTHER_MEMORY_OF_PROCESSES)));
    }

    /** Where ranks and their buffers are. */
    private enum Where {
        MEMORY_OF_THREADS,
        SHARED_DEVICE,
        MEMORY_OF_PROCESSES,
        /** That peers do not reach, and so is staged. */
        OTHER_MEMORY_OF_PROCESSES;

        TestWorld world(int size) {
            boolean threads = this == MEMORY_OF_THREADS || this == SHARED_DEVICE;
            TestWorld world = new TestWorld(size, threads ? Closeness.THREADS : Closeness.PROCESSES);
            return this == SHARED_DEVICE ? world.on(rank -> new SharedDevice("tests", rank)) : world;
        }
    }

    private static DeviceMemory memory(Communicator group, Accelerator cpu, long bytes, Where where) {
        return where == Where.OTHER_MEMORY_OF_PROCESSES
                ? cpu.allocate(bytes, "test")
                : group.allocate(cpu, bytes, "test");
    }

    private static int[] all(int size) {
        return IntStream.range(0, size).toArray();
    }

    @ParameterizedTest
    @MethodSource("worlds")
    void sumsHaveTheBitsOfTheScalarTreeOnAllRanks(int size, Where where) throws Exception {
        where.world(size).run(1, (group, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            try (DeviceMemory memory = memory(group, cpu, 8 * (160_001 + 8), where);
                    Arena arena = Arena.ofConfined()) {
                long ticket = 0;
                for (DType dtype : SUMMED) {
                    for (long elements : dtype == DType.FLOAT64 ? LONGER : SIZES) {
                        long buffer = memory.address() + dtype.bytes(); // not aligned to lines
                        Data.fill(buffer, elements, dtype, ++ticket, group.rank());
                        group.allReduce(new Call(queue, ticket), buffer, elements, dtype);
                        queue.synchronize();
                        Data.assertBytes(
                                Data.sum(arena, elements, dtype, ticket, all(size)),
                                buffer,
                                dtype + " of " + elements + " on rank " + group.rank());
                    }
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("worlds")
    void scatteredSumsGoToTheirRankInPlaceOrElsewhere(int size, Where where) throws Exception {
        where.world(size).run(1, (group, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            try (DeviceMemory full = memory(group, cpu, 8 * 20_011 * size, where);
                    DeviceMemory apart = memory(group, cpu, 8 * 20_011, where);
                    Arena arena = Arena.ofConfined()) {
                long ticket = 0;
                for (DType dtype : SUMMED) {
                    for (long elements : SIZES) {
                        long bytes = elements * dtype.bytes();
                        for (long shard : new long[] {full.address() + group.rank() * bytes, apart.address()}) {
                            Data.fill(full.address(), elements * size, dtype, ++ticket, group.rank());
                            group.reduceScatter(new Call(queue, ticket), full.address(), shard, elements, dtype);
                            queue.synchronize();
                            Data.assertBytes(
                                    Data.sum(arena, elements * size, dtype, ticket, all(size))
                                            .asSlice(group.rank() * bytes, bytes),
                                    shard,
                                    dtype + " of " + elements + " on rank " + group.rank());
                        }
                    }
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("worlds")
    void bytesAreGatheredExchangedAndSpread(int size, Where where) throws Exception {
        where.world(size).run(1, (group, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            int rank = group.rank();
            long most = 1_300_000;
            try (DeviceMemory full = memory(group, cpu, most * size, where);
                    DeviceMemory other = memory(group, cpu, most * size, where);
                    Arena arena = Arena.ofConfined()) {
                long ticket = 0;
                for (long bytes : new long[] {0, 1, 7, 4096, 20_001, most}) {
                    for (long shard : new long[] {full.address() + rank * bytes, other.address()}) {
                        Data.fill(shard, bytes, DType.UINT8, ++ticket, rank);
                        group.allGather(new Call(queue, ticket), shard, full.address(), bytes);
                        queue.synchronize();
                        for (int r = 0; r < size; r++) {
                            Data.assertBytes(
                                    Data.of(arena, bytes, DType.UINT8, ticket, r),
                                    full.address() + r * bytes,
                                    "shard " + r + " on rank " + rank);
                        }
                    }
                    Data.fill(full.address(), bytes * size, DType.UINT8, ++ticket, rank);
                    group.allToAll(new Call(queue, ticket), full.address(), other.address(), bytes);
                    queue.synchronize();
                    for (int r = 0; r < size; r++) {
                        Data.assertBytes(
                                Data.of(arena, bytes * size, DType.UINT8, ticket, r)
                                        .asSlice(rank * bytes, bytes),
                                other.address() + r * bytes,
                                "part from " + r + " on rank " + rank);
                    }
                    for (int root = 0; root < size; root++) {
                        Data.fill(full.address(), bytes, DType.UINT8, ++ticket, rank);
                        group.broadcast(new Call(queue, ticket), full.address(), bytes, root);
                        queue.synchronize();
                        Data.assertBytes(
                                Data.of(arena, bytes, DType.UINT8, ticket, root),
                                full.address(),
                                "from root " + root + " on rank " + rank);
                    }
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("worlds")
    void messagesGoRoundARing(int size, Where where) throws Exception {
        where.world(size).run(1, (group, cpu) -> {
            if (size == 1) {
                return;
            }
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            int rank = group.rank();
            int from = (rank + size - 1) % size;
            try (DeviceMemory memory = memory(group, cpu, 6_000_000, where);
                    Arena arena = Arena.ofConfined()) {
                long out = memory.address();
                long in = memory.address() + 3_000_000;
                long ticket = 0;
                for (long bytes : new long[] {0, 1, 1000, 3_000_000}) {
                    Call call = new Call(queue, ++ticket);
                    Data.fill(out, bytes, DType.UINT8, ticket, rank);
                    if (rank % 2 == 0 && rank != size - 1) {
                        group.send(call, out, bytes, (rank + 1) % size);
                        group.recv(call, in, bytes, from);
                    } else {
                        group.recv(call, in, bytes, from);
                        group.send(call, out, bytes, (rank + 1) % size);
                    }
                    queue.synchronize();
                    Data.assertBytes(Data.of(arena, bytes, DType.UINT8, ticket, from), in, "rank " + rank);
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = Where.class,
            names = {"MEMORY_OF_THREADS", "SHARED_DEVICE", "MEMORY_OF_PROCESSES"})
    void aSplitMakesGroupsByColorOrderedByKey(Where where) throws Exception {
        where.world(5).run(1, (world, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            int rank = world.rank();
            for (int round = 0; round < 200; round++) { // more than there are places for groups
                int color = rank == 4 ? -1 : rank % 2;
                Optional<Communicator> part = world.split(color, -rank);
                assertEquals(rank == 4, part.isEmpty());
                if (part.isPresent()) {
                    try (Communicator group = part.get();
                            DeviceMemory memory = group.allocate(cpu, 80_000, "part");
                            Arena arena = Arena.ofConfined()) {
                        assertEquals(2, group.size());
                        assertEquals(rank < 2 ? 1 : 0, group.rank());
                        int[] ranks = {color + 2, color};
                        for (long elements : new long[] {5, 10_000}) {
                            Data.fill(memory.address(), elements, DType.FLOAT32, round, rank);
                            group.allReduce(new Call(queue, round), memory.address(), elements, DType.FLOAT32);
                            queue.synchronize();
                            Data.assertBytes(
                                    Data.sum(arena, elements, DType.FLOAT32, round, ranks),
                                    memory.address(),
                                    "round " + round + " on rank " + rank);
                        }
                        try (Communicator alone = group.split(rank, 0).orElseThrow()) {
                            assertEquals(1, alone.size());
                            alone.barrier(new Call(queue, 0));
                        }
                    }
                }
                world.barrier(new Call(queue, round));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("worlds")
    void sentBytesAreTheClosedForm(int size, Where where) throws Exception {
        where.world(size).run(1, (group, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            long elements = 6000L * size;
            try (DeviceMemory memory = memory(group, cpu, 4 * elements, where)) {
                long each = 4 * elements / size * (size - 1);
                group.allReduce(new Call(queue, 1), memory.address(), elements, DType.FLOAT32);
                queue.synchronize();
                assertEquals(2 * each, group.sentBytes());
                long shard = memory.address() + group.rank() * 4 * elements / size;
                group.reduceScatter(new Call(queue, 2), memory.address(), shard, elements / size, DType.FLOAT32);
                group.allGather(new Call(queue, 3), shard, memory.address(), 4 * elements / size);
                queue.synchronize();
                assertEquals(4 * each, group.sentBytes());
                try (Communicator part = group.split(0, 0).orElseThrow()) {
                    part.allReduce(new Call(queue, 4), memory.address(), size, DType.FLOAT32); // small
                    queue.synchronize();
                    assertEquals(2L * 4 * (size - 1), part.sentBytes());
                    assertEquals(4 * each + 2L * 4 * (size - 1), group.sentBytes());
                }
                group.allReduce(new Call(queue, 5), memory.address(), 2L * size + 1, DType.FLOAT32);
                queue.synchronize();
                long share = 4 * new Shares(2L * size + 1, size).count(group.rank());
                assertEquals(
                        4 * each + 2L * 4 * (size - 1) + 4 * (2L * size + 1) - share + (size - 1) * share,
                        group.sentBytes());
            }
        });
    }

    @ParameterizedTest
    @MethodSource("worlds")
    void randomSequencesOnAQueueBesideItsCallerGiveWhatTheyShould(int size, Where where) throws Exception {
        long seed = 20261122;
        System.out.println("seed " + seed);
        where.world(size).run(2, (group, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            SplittableRandom random = new SplittableRandom(seed);
            int rank = group.rank();
            try (DeviceMemory memory = memory(group, cpu, 400_000L * size, where);
                    Arena arena = Arena.ofConfined()) {
                for (int call = 1; call <= 150; call++) {
                    long elements = random.nextInt(4) == 0 ? random.nextInt(50_000) : random.nextInt(300);
                    int root = random.nextInt(size);
                    long at = memory.address();
                    Call how = new Call(queue, call);
                    int kind = random.nextInt(5);
                    long shard = at + rank * elements * 8;
                    Data.fill(
                            kind == 1 ? shard : at, kind == 2 ? elements * size : elements, DType.FLOAT64, call, rank);
                    switch (kind) {
                        case 0 -> group.allReduce(how, at, elements, DType.FLOAT64);
                        case 1 -> group.allGather(how, shard, at, elements * 8);
                        case 2 -> group.reduceScatter(how, at, shard, elements, DType.FLOAT64);
                        case 3 -> group.broadcast(how, at, elements * 8, root);
                        default -> group.barrier(how);
                    }
                    queue.synchronize();
                    String place = "call " + call + " of kind " + kind + " on rank " + rank;
                    switch (kind) {
                        case 0 ->
                            Data.assertBytes(Data.sum(arena, elements, DType.FLOAT64, call, all(size)), at, place);
                        case 1 -> {
                            for (int r = 0; r < size; r++) {
                                Data.assertBytes(
                                        Data.of(arena, elements, DType.FLOAT64, call, r), at + r * elements * 8, place);
                            }
                        }
                        case 2 ->
                            Data.assertBytes(
                                    Data.sum(arena, elements * size, DType.FLOAT64, call, all(size))
                                            .asSlice(rank * elements * 8, elements * 8),
                                    shard,
                                    place);
                        case 3 -> Data.assertBytes(Data.of(arena, elements, DType.FLOAT64, call, root), at, place);
                        default -> {}
                    }
                }
            }
        });
    }

    @Test
    void processesThatCannotSeeEachOthersDescriptorsShareByName() throws Exception {
        new TestWorld(3, Closeness.PROCESSES, new ByName()).run(1, (group, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            try (DeviceMemory memory = group.allocate(cpu, 80_000, "test");
                    Arena arena = Arena.ofConfined()) {
                Data.fill(memory.address(), 10_000, DType.FLOAT64, 1, group.rank());
                group.allReduce(new Call(queue, 1), memory.address(), 10_000, DType.FLOAT64);
                Data.assertBytes(
                        Data.sum(arena, 10_000, DType.FLOAT64, 1, all(3)), memory.address(), "rank " + group.rank());
            }
            try (Stream<Path> names = Files.list(Path.of("/dev/shm"))) {
                String own = "javelin-" + ProcessHandle.current().pid() + "-";
                assertEquals(
                        List.of(),
                        names.map(name -> name.getFileName().toString())
                                .filter(name -> name.startsWith(own))
                                .toList());
            }
            group.barrier(new Call(queue, 2));
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = Where.class,
            names = {"MEMORY_OF_THREADS", "SHARED_DEVICE"})
    void manySmallSumsInARowNeedNoWaitBetween(Where where) throws Exception {
        int calls = where == Where.SHARED_DEVICE ? 300 : 5000;
        where.world(3).run(2, (group, cpu) -> {
            DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
            try (DeviceMemory memory = group.allocate(cpu, 8, "test")) {
                cpu.fill(queue, memory.address(), 8, (byte) 0);
                for (int call = 0; call < calls; call++) {
                    queue.run(() -> HostMemory.ALL.set(
                            ValueLayout.JAVA_LONG,
                            memory.address(),
                            HostMemory.ALL.get(ValueLayout.JAVA_LONG, memory.address()) + group.rank()));
                    group.allReduce(new Call(queue, call), memory.address(), 1, DType.INT64);
                }
                queue.synchronize();
                long expected = 0;
                for (int call = 0; call < calls; call++) {
                    expected = 3 * expected + 3; // wraps
                }
                assertEquals(expected, HostMemory.ALL.get(ValueLayout.JAVA_LONG, memory.address()));
            }
        });
    }
}
