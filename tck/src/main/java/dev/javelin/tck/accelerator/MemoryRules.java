package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.opened;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.Accelerator.Usage;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** What an accelerator gives when it is asked for memory, and how it counts it. */
final class MemoryRules {
    private static final List<Long> SIZES = List.of(1L, 2L, 63L, 64L, 65L, 1000L, 4097L, (1L << 20) + 1);
    private static final int CHANGES = 200;

    private MemoryRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                opened(
                        "ACC-301",
                        "Memory of allocate begins at a multiple of the planner's alignment and says the size it was"
                                + " asked for.",
                        "Places within it were computed from a begin that is aligned.",
                        MemoryRules::aligned),
                opened(
                        "ACC-302",
                        "usage counts the bytes that were asked for and are not closed, and the most of them so far, to"
                                + " the byte.",
                        "Predicted and measured bytes of a run are compared exactly.",
                        MemoryRules::counted),
                opened(
                        "ACC-303",
                        "Memory that is closed twice is given back once.",
                        "An owner that closes in a finally block may have closed before.",
                        MemoryRules::closedTwice),
                opened(
                        "ACC-304",
                        "Memory of 0 bytes can be had and closed.",
                        "A program without temporaries has none to place.",
                        MemoryRules::empty),
                opened(
                        "ACC-305",
                        "A negative size is refused with JVL-MEM-0002 and changes nothing.",
                        "It is a sum that has overflowed.",
                        MemoryRules::negative),
                opened(
                        "ACC-306",
                        "What lies in one piece of memory stays while others come and go.",
                        "Pieces must not overlap, nor move.",
                        MemoryRules::apart),
                opened(
                        "ACC-307",
                        "Large memory can be written and read from its first to its last byte.",
                        "All temporaries of a step lie in one slab.",
                        MemoryRules::large),
                opened(
                        "ACC-308",
                        "adopt takes aligned memory of the host into use, counts it and releases it once, or refuses it"
                                + " with JVL-MEM-0003.",
                        "Communicators of one host bring memory that ranks share.",
                        MemoryRules::adopted));
    }

    private static String aligned(Bench bench) {
        for (long bytes : SIZES) {
            DeviceMemory memory = bench.allocate(bytes);
            Breach.unlessEqual(bytes, memory.bytes(), "bytes of memory for " + bytes);
            Breach.unlessEqual(
                    0L,
                    Long.remainderUnsigned(memory.address(), bench.alignment()),
                    "bytes beside an aligned address, of memory for " + bytes);
            bench.require(memory.address() != 0, "address 0", "another", "memory for " + bytes);
        }
        return SIZES.size() + " sizes at multiples of " + bench.alignment();
    }

    private static String counted(Bench bench) {
        Accelerator device = bench.device();
        Random random = bench.random("counted");
        List<DeviceMemory> open = new ArrayList<>();
        long live = device.usage().liveBytes();
        long peak = device.usage().peakBytes();
        for (int i = 0; i < CHANGES; i++) {
            if (open.isEmpty() || random.nextInt(5) < 3) {
                long bytes = random.nextInt(5000);
                open.add(bench.allocate(bytes));
                live += bytes;
            } else {
                DeviceMemory memory = open.remove(random.nextInt(open.size()));
                memory.close();
                live -= memory.bytes();
            }
            peak = Math.max(peak, live);
            Breach.unlessEqual(new Usage(live, peak), device.usage(), "usage behind " + (i + 1) + " changes");
        }
        return CHANGES + " changes, " + peak + " bytes at most";
    }

    private static String closedTwice(Bench bench) {
        long before = bench.device().usage().liveBytes();
        DeviceMemory memory = bench.allocate(1000);
        DeviceMemory other = bench.allocate(1000);
        memory.close();
        memory.close();
        Breach.unlessEqual(before + 1000, bench.device().usage().liveBytes(), "bytes held, one of two closed twice");
        byte[] values = bench.bytes("twice", 1000);
        bench.write(other.address(), values);
        Bench.requireEqual(values, bench.read(other.address(), 1000), "memory that is still open");
        return "1 of 2 closed twice";
    }

    private static String empty(Bench bench) {
        long before = bench.device().usage().liveBytes();
        DeviceMemory one = bench.allocate(0);
        DeviceMemory two = bench.allocate(0);
        Breach.unlessEqual(0L, one.bytes() + two.bytes(), "bytes of memory for 0 bytes");
        one.close();
        two.close();
        Breach.unlessEqual(before, bench.device().usage().liveBytes(), "bytes held behind their close");
        return "2 without bytes";
    }

    private static String negative(Bench bench) {
        Usage before = bench.device().usage();
        JavelinException error = Bench.refused(() -> bench.allocate(-1), "allocate of -1 bytes");
        Breach.unlessEqual("JVL-MEM-0002", error.code(), "code of the error for -1 bytes");
        Breach.unlessEqual(before, bench.device().usage(), "usage behind the error");
        return String.valueOf(error.getMessage());
    }

    /** Every piece is filled with a pattern of its own; some are closed and replaced, then all are compared. */
    private static String apart(Bench bench) {
        Random random = bench.random("apart");
        int count = bench.extent().allocations();
        List<DeviceMemory> pieces = new ArrayList<>();
        List<byte[]> contents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            add(bench, random, pieces, contents);
        }
        for (int i = 0; i < count / 2; i++) {
            int gone = random.nextInt(pieces.size());
            pieces.remove(gone).close();
            contents.remove(gone);
            add(bench, random, pieces, contents);
        }
        for (int i = 0; i < count; i++) {
            DeviceMemory piece = pieces.get(i);
            Bench.requireEqual(contents.get(i), bench.read(piece.address(), piece.bytes()), "piece " + i);
        }
        return count + " pieces, " + count / 2 + " of them replaced";
    }

    private static void add(Bench bench, Random random, List<DeviceMemory> pieces, List<byte[]> contents) {
        byte[] content = new byte[1 + random.nextInt(700)];
        random.nextBytes(content);
        DeviceMemory piece = bench.allocate(content.length);
        bench.write(piece.address(), content);
        pieces.add(piece);
        contents.add(content);
    }

    private static String large(Bench bench) {
        long bytes = bench.extent().largeBytes() + 1;
        DeviceMemory memory = bench.allocate(bytes);
        bench.device().fill(bench.queue(), memory.address(), bytes, (byte) 7);
        byte[] first = bench.bytes("first", 100);
        byte[] last = bench.bytes("last", 101);
        bench.write(memory.address(), first);
        bench.write(memory.address() + bytes - last.length, last);
        Bench.requireEqual(first, bench.read(memory.address(), first.length), "the first bytes of " + bytes);
        Bench.requireEqual(
                last, bench.read(memory.address() + bytes - last.length, last.length), "the last bytes of " + bytes);
        Breach.unlessEqual((byte) 7, bench.read(memory.address() + bytes / 2, 1)[0], "the filled byte in the middle");
        long before = memory.address() + bytes - last.length - 1;
        Breach.unlessEqual((byte) 7, bench.read(before, 1)[0], "the filled byte near the end");
        return bytes + " bytes";
    }

    private static String adopted(Bench bench) {
        Accelerator device = bench.device();
        long before = device.usage().liveBytes();
        AtomicInteger released = new AtomicInteger();
        try (Arena arena = Arena.ofShared()) {
            long address = arena.allocate(4096, bench.alignment()).address();
            DeviceMemory memory;
            try {
                memory = device.adopt(address, 4096, "tck shared", released::incrementAndGet);
            } catch (JavelinException error) {
                Breach.unlessEqual("JVL-MEM-0003", error.code(), "code of the refusal");
                Breach.unlessEqual(0, released.get(), "releases behind the refusal");
                Breach.unlessEqual(before, device.usage().liveBytes(), "bytes held behind the refusal");
                return "memory of its own";
            }
            Breach.unlessEqual(before + 4096, device.usage().liveBytes(), "bytes held with 4096 adopted");
            byte[] values = bench.bytes("adopted", 4096);
            bench.write(memory.address(), values);
            Bench.requireEqual(values, bench.read(memory.address(), 4096), "adopted memory");
            memory.close();
            memory.close();
            Breach.unlessEqual(1, released.get(), "releases behind two closes");
            Breach.unlessEqual(before, device.usage().liveBytes(), "bytes held behind the close");
            return "4096 bytes of the host adopted";
        }
    }
}
