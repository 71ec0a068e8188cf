package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.advised;
import static dev.javelin.tck.accelerator.Numbered.opened;
import static dev.javelin.tck.accelerator.Numbered.openedBy;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.Accelerator.Usage;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** What happens where memory ends, and what is left when all is closed. */
final class LimitRules {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final String MARKED = "tck marked purpose";
    /** More than any machine has. */
    private static final long TOO_MUCH = 1L << 60;
    /** What the JVM itself may take meanwhile. */
    private static final long OWN_GROWTH = 96L << 20;

    private LimitRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                opened(
                        "ACC-321",
                        "Memory that is not there is refused with JVL-MEM-0001, which says how much was asked, for"
                                + " what, and who holds how much.",
                        "The message is what a user has to find a smaller batch by.",
                        LimitRules::exhausted),
                opened(
                        "ACC-322",
                        "Behind a refusal usage is what it was, and memory, queues and kernels work on.",
                        "A search for the largest batch tries one that is too large.",
                        LimitRules::worksOn),
                opened(
                        "ACC-323",
                        "The opened device's planner knows the same memoryBytes as the provider's, and memory within"
                                + " them is not refused for their sake.",
                        "A plan that fits must run, and one that does not must not be found fitting.",
                        LimitRules::limit),
                openedBy(
                        "ACC-324",
                        "close refuses while memory is held, with a code and the purposes of what is held, and can be"
                                + " called again.",
                        "A leak is a failing test, not a device that fills up.",
                        LimitRules::leaks),
                openedBy(
                        "ACC-325",
                        "A device that is closed refuses work with a code, and closing it again does nothing.",
                        "A queue of a closed device would be a call into freed memory.",
                        LimitRules::closed),
                opened(
                        "ACC-326",
                        "Memory that is taken and given back again and again does not add up.",
                        "A run of weeks allocates as often as it likes.",
                        LimitRules::rounds),
                openedBy(
                        "ACC-327",
                        "Devices that are opened and closed again and again leave no threads and files behind.",
                        "Runs come and go in one JVM.",
                        LimitRules::openings),
                advised(
                        "ACC-328",
                        "Memory that is refused at the limit says how much is free.",
                        "The difference is what has to be saved.",
                        LimitRules::saysFree));
    }

    private static JavelinException refusal(Bench bench) {
        JavelinException error =
                Bench.refused(() -> bench.allocate(TOO_MUCH, "tck too much"), "allocate of " + TOO_MUCH + " bytes");
        Breach.unlessEqual("JVL-MEM-0001", error.code(), "code of the error for " + TOO_MUCH + " bytes");
        return error;
    }

    private static String exhausted(Bench bench) {
        bench.allocate(12_345, MARKED);
        String message = String.valueOf(refusal(bench).getMessage());
        String digits = message.replaceAll("(?<=\\d)[,_ '](?=\\d)", "");
        for (String part : List.of(String.valueOf(TOO_MUCH), "tck too much", MARKED, "12345")) {
            bench.require(
                    message.contains(part) || digits.contains(part),
                    message,
                    "a message that says '" + part + "'",
                    "the error");
        }
        return message;
    }

    private static String worksOn(Bench bench) {
        DeviceMemory memory = bench.allocate(100);
        Usage before = bench.device().usage();
        refusal(bench);
        Breach.unlessEqual(before, bench.device().usage(), "usage behind the refusal");
        byte[] values = bench.bytes("on", 100);
        bench.write(memory.address(), values);
        Bench.requireEqual(values, bench.read(memory.address(), 100), "memory behind the refusal");
        bench.allocate(100);
        return "1 refusal";
    }

    private static String limit(Bench bench) {
        long limit = bench.device().planner().memoryBytes();
        Breach.unlessEqual(
                bench.subject().planner().memoryBytes(), limit, "memoryBytes of the opened device's planner");
        if (limit == Long.MAX_VALUE) {
            refusal(bench);
            return "no limit but the machine's";
        }
        long within = Math.min(limit - bench.device().usage().liveBytes(), 1L << 20);
        bench.allocate(within);
        refusal(bench);
        return "a limit of " + limit + " bytes";
    }

    private static String saysFree(Bench bench) {
        long limit = bench.device().planner().memoryBytes();
        String message = String.valueOf(refusal(bench).getMessage());
        bench.require(
                limit == Long.MAX_VALUE || message.contains("free"),
                message,
                "a message with what is free",
                "the error");
        return message;
    }

    private static String leaks(AcceleratorSubject subject) {
        Accelerator device = subject.open();
        DeviceMemory memory = device.allocate(777, MARKED);
        JavelinException error = Bench.refused(device::close, "close with 777 bytes held");
        String message = String.valueOf(error.getMessage());
        Breach.unless(message.contains(MARKED), message, "the purpose '" + MARKED + "'", "the error of close");
        Breach.unlessEqual(777L, device.usage().liveBytes(), "bytes held behind the error");
        memory.close();
        device.close();
        return message;
    }

    private static String closed(AcceleratorSubject subject) {
        Accelerator device = subject.open();
        var queue = device.queue(QueueRole.COMPUTE);
        device.close();
        device.close();
        Bench.refused(() -> device.allocate(1, "tck"), "allocate of a closed device")
                .code();
        Bench.refused(() -> device.queue(QueueRole.COMPUTE), "queue of a closed device");
        Bench.refused(queue::synchronize, "synchronize on a queue of a closed device");
        Bench.refused(queue::record, "record on a queue of a closed device");
        Bench.refused(() -> queue.run(() -> {}), "run on a queue of a closed device");
        return "5 calls refused";
    }

    private static String rounds(Bench bench) {
        long bytes = 8L << 20;
        int rounds = 4 * bench.extent().rounds();
        turn(bench, bytes);
        long before = residentBytes();
        for (int i = 0; i < rounds; i++) {
            turn(bench, bytes);
        }
        long grown = residentBytes() - before;
        long leak = rounds * bytes;
        bench.require(
                grown < OWN_GROWTH + leak / 4,
                grown + " bytes more of the process's memory",
                "none",
                "behind " + rounds + " rounds with " + bytes + " bytes each");
        return rounds + " rounds of " + bytes + " bytes";
    }

    private static void turn(Bench bench, long bytes) {
        long live = bench.device().usage().liveBytes();
        DeviceMemory memory = bench.device().allocate(bytes, "tck round");
        bench.device().fill(bench.queue(), memory.address(), bytes, (byte) 1);
        bench.queue().synchronize();
        memory.close();
        Breach.unlessEqual(live, bench.device().usage().liveBytes(), "bytes held behind a round");
    }

    /** What the process has in memory; 0 where the system does not say. */
    private static long residentBytes() {
        if (!Files.isReadable(STATUS)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Threads belong to the group of who started them, unless they are told otherwise. */
    private static String openings(AcceleratorSubject subject) throws Exception {
        int rounds = subject.extent().rounds();
        openAndClose(subject);
        long files = files();
        ThreadGroup group = new ThreadGroup("tck openings");
        FutureTask<Void> task = new FutureTask<>(() -> {
            for (int i = 0; i < rounds; i++) {
                openAndClose(subject);
            }
            return null;
        });
        Thread runner = new Thread(group, task, "tck opener");
        runner.setDaemon(true);
        runner.start();
        task.get();
        runner.join();
        long threads = settled(subject, group::activeCount, 0);
        Breach.unless(threads < rounds, threads + " threads", "none", "behind " + rounds + " devices");
        long left = settled(subject, LimitRules::files, files) - files;
        Breach.unless(left < rounds, left + " open files more", "none", "behind " + rounds + " devices");
        return rounds + " devices, " + threads + " threads and " + Math.max(0, left) + " files left";
    }

    private static void openAndClose(AcceleratorSubject subject) throws Exception {
        subject.on(bench -> {
            for (QueueRole role : QueueRole.values()) {
                bench.queue(role).run(() -> {});
                bench.queue(role).synchronize();
            }
            return "";
        });
    }

    /** What is left when it has come down to what is allowed, or when patience is over. */
    private static long settled(AcceleratorSubject subject, LongSupplier count, long allowed) {
        long end = System.nanoTime() + subject.extent().patienceMillis() * 1_000_000 / 4;
        long left = count.getAsLong();
        while (left > allowed && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(5_000_000);
            left = count.getAsLong();
        }
        return left;
    }

    private static long files() {
        if (!Files.isDirectory(DESCRIPTORS)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(DESCRIPTORS)) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
