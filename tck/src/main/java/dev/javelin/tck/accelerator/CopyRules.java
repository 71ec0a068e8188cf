package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.opened;

import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.HostMemory;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** Copies in all directions, and fills. */
final class CopyRules {
    /** Bytes that are looked at around each copy. */
    private static final int SPACE = 4_000;

    private static final long HOLD_NANOS = 20_000_000;

    private static final List<Integer> LENGTHS = List.of(1, 2, 3, 5, 8, 17, 64, 129, 1000, 2049);

    private CopyRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                opened(
                        "ACC-401",
                        "copyToDevice writes the bytes of its source at any address, and nothing beside them.",
                        "Batches, scalars and restored state lie anywhere in a slab.",
                        bench -> pairs(bench, CopyRules::toDevice)),
                opened(
                        "ACC-402",
                        "copyToHost reads the bytes at any address into its target, and writes nothing beside it.",
                        "Metrics and checkpoints are read from anywhere in a slab.",
                        bench -> pairs(bench, CopyRules::toHost)),
                opened(
                        "ACC-403",
                        "copy moves bytes within the device between any two addresses, and writes nothing beside them.",
                        "Snapshots of state are taken so.",
                        bench -> pairs(bench, CopyRules::within)),
                opened(
                        "ACC-404",
                        "fill writes any byte value over any range, and nothing beside it.",
                        "State begins with zeros, and debugging poisons what is free.",
                        bench -> pairs(bench, CopyRules::fill)),
                opened(
                        "ACC-405",
                        "Host memory may be native or an array of any primitive type, of any arena, and a source"
                                + " read-only.",
                        "Mapped files and arrays of callers are copied as they are.",
                        CopyRules::segments),
                opened(
                        "ACC-406",
                        "Copies and fills of 0 bytes do nothing.",
                        "An empty shard is copied like any other.",
                        CopyRules::nothing),
                opened(
                        "ACC-407",
                        "Copies and fills on one queue take effect in the order in which they were enqueued.",
                        "What is written twice holds what was written last.",
                        CopyRules::ordered),
                opened(
                        "ACC-408",
                        "Once the queue has passed a copy, its source may change and its target is complete.",
                        "Staging memory is used again.",
                        CopyRules::passed),
                opened(
                        "ACC-409",
                        "Copies and fills work on the queue of every role.",
                        "State is moved beside the computation.",
                        CopyRules::roles),
                opened(
                        "ACC-410",
                        "Large copies arrive whole in every direction.",
                        "Optimizer state is moved by the gigabyte.",
                        CopyRules::large),
                opened(
                        "ACC-411",
                        "hostMemory gives as many bytes of the host as it is asked for, aligned, for copies both ways"
                                + " and for any thread, and counts in no usage.",
                        "Staging at the full speed of the link needs memory of the device's making.",
                        CopyRules::hostMemory));
    }

    /** One copy of this length from one offset to another, and what should then lie at the target. */
    @FunctionalInterface
    private interface Try {
        byte[] run(Bench bench, long from, long to, byte[] target, byte[] source, int[] place);
    }

    /** Tries lengths at odd offsets; the target and all around it are compared byte by byte. */
    private static String pairs(Bench bench, Try tried) {
        Random random = bench.random("pairs");
        long from = bench.allocate(SPACE).address();
        long to = bench.allocate(SPACE).address();
        int count = 0;
        for (int length : LENGTHS) {
            for (int turn = 0; turn < 3; turn++) {
                byte[] source = bench.bytes("source" + count, SPACE);
                byte[] target = bench.bytes("target" + count, SPACE);
                int[] place = {length, random.nextInt(SPACE - length), random.nextInt(SPACE - length)};
                byte[] actual = tried.run(bench, from, to, target, source, place);
                byte[] expected = target.clone();
                System.arraycopy(source, place[1], expected, place[2], length);
                Bench.requireEqual(
                        expected, actual, length + " bytes from offset " + place[1] + " to offset " + place[2]);
                count++;
            }
        }
        return count + " copies";
    }

    private static byte[] toDevice(Bench bench, long from, long to, byte[] target, byte[] source, int[] place) {
        bench.write(to, target);
        MemorySegment part = MemorySegment.ofArray(source).asSlice(place[1], place[0]);
        bench.device().copyToDevice(bench.queue(), part, to + place[2]);
        return bench.read(to, SPACE);
    }

    private static byte[] toHost(Bench bench, long from, long to, byte[] target, byte[] source, int[] place) {
        bench.write(from, source);
        byte[] actual = target.clone();
        MemorySegment part = MemorySegment.ofArray(actual).asSlice(place[2], place[0]);
        bench.device().copyToHost(bench.queue(), from + place[1], part);
        bench.queue().synchronize();
        return actual;
    }

    private static byte[] within(Bench bench, long from, long to, byte[] target, byte[] source, int[] place) {
        bench.write(from, source);
        bench.write(to, target);
        bench.device().copy(bench.queue(), from + place[1], to + place[2], place[0]);
        byte[] actual = bench.read(to, SPACE);
        Bench.requireEqual(source, bench.read(from, SPACE), "the source behind the copy");
        return actual;
    }

    private static byte[] fill(Bench bench, long from, long to, byte[] target, byte[] source, int[] place) {
        byte value = source[place[1]];
        Arrays.fill(source, place[1], place[1] + place[0], value);
        bench.write(to, target);
        bench.device().fill(bench.queue(), to + place[2], place[0], value);
        return bench.read(to, SPACE);
    }

    private static String segments(Bench bench) {
        DeviceMemory memory = bench.allocate(1024);
        byte[] values = bench.bytes("segments", 96);
        int tried = 0;
        try (Arena confined = Arena.ofConfined();
                Arena shared = Arena.ofShared()) {
            List<MemorySegment> hosts = new ArrayList<>(List.of(
                    MemorySegment.ofArray(new byte[96]),
                    MemorySegment.ofArray(new short[48]),
                    MemorySegment.ofArray(new int[24]),
                    MemorySegment.ofArray(new float[24]),
                    MemorySegment.ofArray(new long[12]),
                    MemorySegment.ofArray(new double[12]),
                    MemorySegment.ofArray(new byte[200]).asSlice(101, 96),
                    confined.allocate(96, 64),
                    confined.allocate(97, 64).asSlice(1),
                    shared.allocate(96, 1),
                    Arena.ofAuto().allocate(96, 8),
                    Arena.global().allocate(96, 1)));
            for (MemorySegment host : hosts) {
                MemorySegment.copy(values, 0, host, ValueLayout.JAVA_BYTE, 0, values.length);
                long address = memory.address() + tried;
                bench.device().copyToDevice(bench.queue(), host.asReadOnly(), address);
                bench.queue().synchronize();
                host.fill((byte) 0);
                bench.device().copyToHost(bench.queue(), address, host);
                bench.queue().synchronize();
                Bench.requireEqual(values, host.toArray(ValueLayout.JAVA_BYTE), "there and back from " + host);
                tried++;
            }
        }
        return tried + " kinds of host memory";
    }

    private static String nothing(Bench bench) {
        long address = bench.allocate(64).address();
        byte[] values = bench.bytes("nothing", 64);
        bench.write(address, values);
        MemorySegment none = MemorySegment.ofArray(new byte[0]);
        bench.device().copyToDevice(bench.queue(), none, address);
        bench.device().copyToDevice(bench.queue(), MemorySegment.NULL, address);
        bench.device().copyToHost(bench.queue(), address, none);
        bench.device().copy(bench.queue(), address, address + 32, 0);
        bench.device().fill(bench.queue(), address, 0, (byte) 9);
        bench.device().fill(bench.queue(), bench.allocate(0).address(), 0, (byte) 9);
        Bench.requireEqual(values, bench.read(address, 64), "what lies there behind 6 calls of 0 bytes");
        return "6 calls";
    }

    /** A host image goes through the same random changes. */
    private static String ordered(Bench bench) {
        int tasks = bench.extent().tasks();
        Random random = bench.random("ordered");
        long address = bench.allocate(SPACE).address();
        byte[] image = bench.bytes("image", SPACE);
        bench.write(address, image);
        Accelerator device = bench.device();
        DeviceQueue queue = bench.queue();
        queue.run(() -> LockSupport.parkNanos(HOLD_NANOS)); // so that there is a queue to overtake
        for (int i = 0; i < tasks; i++) {
            int length = 1 + random.nextInt(SPACE / 4);
            int from = random.nextInt(SPACE / 2 - length);
            int to = SPACE / 2 + random.nextInt(SPACE / 2 - length);
            switch (random.nextInt(4)) {
                case 0 -> {
                    byte value = (byte) random.nextInt();
                    device.fill(queue, address + from, length, value);
                    Arrays.fill(image, from, from + length, value);
                }
                case 1 -> {
                    byte[] values = new byte[length];
                    random.nextBytes(values);
                    device.copyToDevice(queue, MemorySegment.ofArray(values), address + to);
                    System.arraycopy(values, 0, image, to, length);
                }
                case 2 -> {
                    device.copy(queue, address + from, address + to, length);
                    System.arraycopy(image, from, image, to, length);
                }
                default -> {
                    device.copy(queue, address + to, address + from, length);
                    System.arraycopy(image, to, image, from, length);
                }
            }
        }
        Bench.requireEqual(image, bench.read(address, SPACE), "behind " + tasks + " copies and fills");
        return tasks + " copies and fills";
    }

    private static String passed(Bench bench) {
        int bytes = 300_000;
        long address = bench.allocate(2L * bytes).address();
        for (int turn = 0; turn < 3; turn++) {
            byte[] values = bench.bytes("passed" + turn, bytes);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment staged = turn == 0 ? MemorySegment.ofArray(new byte[bytes]) : arena.allocate(bytes, 64);
                MemorySegment.copy(values, 0, staged, ValueLayout.JAVA_BYTE, 0, bytes);
                bench.device().copyToDevice(bench.queue(), staged, address);
                bench.queue().synchronize();
                staged.fill((byte) 0x5A);
                bench.device().copy(bench.queue(), address, address + bytes, bytes);
                bench.device().copyToHost(bench.queue(), address + bytes, staged);
                bench.queue().synchronize();
                Bench.requireEqual(
                        values, staged.toArray(ValueLayout.JAVA_BYTE), "a target whose copy the queue has passed");
            }
        }
        return "3 turns of " + bytes + " bytes";
    }

    private static String roles(Bench bench) {
        long address = bench.allocate(400).address();
        for (QueueRole role : QueueRole.values()) {
            byte[] values = bench.bytes(role.name(), 100);
            byte[] back = new byte[200];
            DeviceQueue queue = bench.queue(role);
            bench.device().copyToDevice(queue, MemorySegment.ofArray(values), address);
            bench.device().copy(queue, address, address + 201, 100);
            bench.device().fill(queue, address + 301, 99, (byte) (3 + role.ordinal()));
            bench.device()
                    .copyToHost(
                            queue, address + 201, MemorySegment.ofArray(back).asSlice(0, 199));
            queue.synchronize();
            Bench.requireEqual(values, Arrays.copyOf(back, 100), "copied on " + role);
            Breach.unlessEqual((byte) (3 + role.ordinal()), back[198], "filled on " + role);
        }
        return QueueRole.values().length + " roles";
    }

    private static String large(Bench bench) {
        int bytes = Math.toIntExact(bench.extent().largeBytes() + 3);
        long one = bench.allocate(bytes).address();
        long two = bench.allocate(bytes).address();
        byte[] values = bench.bytes("large", bytes);
        bench.device().copyToDevice(bench.queue(), MemorySegment.ofArray(values), one);
        bench.device().copy(bench.queue(), one, two, bytes);
        Bench.requireEqual(values, bench.read(two, bytes), bytes + " bytes there, across and back");
        bench.device().fill(bench.queue(), one, bytes, (byte) 0x77);
        byte[] filled = new byte[bytes];
        Arrays.fill(filled, (byte) 0x77);
        Bench.requireEqual(filled, bench.read(one, bytes), bytes + " filled bytes");
        return bytes + " bytes in 3 directions";
    }

    private static String hostMemory(Bench bench) throws Exception {
        Accelerator device = bench.device();
        long address = bench.allocate(5000).address();
        var before = device.usage();
        for (int bytes : List.of(0, 1, 4097)) {
            try (HostMemory host = device.hostMemory(bytes, "tck staging")) {
                MemorySegment segment = host.segment();
                Breach.unlessEqual((long) bytes, segment.byteSize(), "bytes of host memory for " + bytes);
                Breach.unlessEqual(
                        0L, segment.address() % bench.alignment(), "bytes beside an aligned address of the host");
                Breach.unlessEqual(before, device.usage(), "usage with " + bytes + " bytes of host memory");
                byte[] values = bench.bytes("host" + bytes, bytes);
                Thread writer = Thread.ofPlatform()
                        .start(() -> MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes));
                writer.join();
                device.copyToDevice(bench.queue(), segment, address + 3);
                bench.queue().synchronize();
                segment.fill((byte) 0);
                device.copyToHost(bench.queue(), address + 3, segment);
                bench.queue().synchronize();
                Bench.requireEqual(values, segment.toArray(ValueLayout.JAVA_BYTE), bytes + " bytes there and back");
                host.close();
            }
        }
        return "3 sizes";
    }
}
