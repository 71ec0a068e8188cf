package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.opened;
import static dev.javelin.tck.accelerator.Numbered.openedBy;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Binary;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Whose queue it is, what becomes of tasks that throw, and which thread may call. */
final class OwnershipRules {
    private static final TensorType TYPE = TensorType.of(DType.FLOAT32, 16);
    private static final Binary ADD = new Binary(Binary.Kind.ADD);

    private OwnershipRules() {}

    /** What a task of the kit throws. */
    private static final class Thrown extends RuntimeException {
        private static final long serialVersionUID = 1;

        Thrown() {
            super("thrown by a task of the tck");
        }
    }

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                openedBy(
                        "ACC-521",
                        "What a task throws is thrown by synchronize, at each call.",
                        "A collective that fails must not look like one that is done.",
                        subject -> broken(subject, OwnershipRules::surfaces)),
                openedBy(
                        "ACC-522",
                        "Tasks behind one that threw are left out.",
                        "They would work on what was not computed.",
                        subject -> broken(subject, OwnershipRules::leftOut)),
                openedBy(
                        "ACC-523",
                        "Who waits on another queue for an event behind a task that threw gets what it threw.",
                        "The compute queue must not go on with what a collective did not bring.",
                        subject -> broken(subject, OwnershipRules::travels)),
                openedBy(
                        "ACC-524",
                        "Events that were recorded before a task threw are passed.",
                        "What was done before is done.",
                        subject -> broken(subject, OwnershipRules::before)),
                opened(
                        "ACC-525",
                        "A queue of another accelerator is refused with a code by copies, fills and launches.",
                        "Addresses of one device mean nothing to another.",
                        OwnershipRules::foreignQueue),
                opened(
                        "ACC-526",
                        "An event of an accelerator in another address space is refused with a code; of one in the"
                                + " same, it may be awaited instead.",
                        "Devices are ordered by the host, unless they share memory.",
                        OwnershipRules::foreignEvent),
                openedBy(
                        "ACC-527",
                        "Two accelerators used by two threads at once do not disturb each other.",
                        "Ranks are threads with a device each, or share one.",
                        OwnershipRules::sideBySide),
                opened(
                        "ACC-528",
                        "An accelerator may be used by one thread after the other.",
                        "Start, training and saving may be threads of their own.",
                        OwnershipRules::handedOver),
                opened(
                        "ACC-529",
                        "Two accelerators count and limit their memory apart, and either may be closed first.",
                        "There is no state but the accelerator's.",
                        OwnershipRules::countedApart));
    }

    // Tasks that throw ----------------------------------------------------------------------------------------------

    /** On each queue of a device of its own, which is broken behind it. */
    private static String broken(AcceleratorSubject subject, java.util.function.BiConsumer<Bench, QueueRole> part)
            throws Exception {
        for (QueueRole role : QueueRole.values()) {
            subject.on(bench -> {
                part.accept(bench, role);
                return "";
            });
        }
        return QueueRole.values().length + " queues";
    }

    /** A queue whose work is done by the caller throws at once. */
    private static void throwOn(DeviceQueue queue) {
        try {
            queue.run(() -> {
                throw new Thrown();
            });
        } catch (RuntimeException now) {
            requireThrown(now, "run");
        }
    }

    private static void requireThrown(Throwable found, String place) {
        for (Throwable cause = found; cause != null; cause = cause.getCause()) {
            if (cause instanceof Thrown) {
                return;
            }
        }
        throw new Breach(found.toString(), "what the task threw, or an error caused by it", place);
    }

    private static void requireThrows(Runnable call, String place) {
        try {
            call.run();
        } catch (RuntimeException found) {
            requireThrown(found, place);
            return;
        }
        throw new Breach("no error", "what the task threw", place);
    }

    private static void surfaces(Bench bench, QueueRole role) {
        DeviceQueue queue = bench.queue(role);
        throwOn(queue);
        requireThrows(queue::synchronize, "synchronize on " + role);
        requireThrows(queue::synchronize, "the second synchronize on " + role);
    }

    private static void leftOut(Bench bench, QueueRole role) {
        DeviceQueue queue = bench.queue(role);
        AtomicInteger done = new AtomicInteger();
        queue.run(done::incrementAndGet);
        throwOn(queue);
        quietly(() -> queue.run(() -> done.addAndGet(10)));
        quietly(queue::synchronize);
        Breach.unlessEqual(
                1, done.get(), "1 for the task before the one that threw, 10 for the one behind, on " + role);
    }

    /** On a broken queue every call may throw. */
    private static void quietly(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException expected) {
            requireThrown(expected, "a call on a queue that is broken");
        }
    }

    private static void travels(Bench bench, QueueRole role) {
        DeviceQueue other = bench.queue(role == QueueRole.COMPUTE ? QueueRole.COMMUNICATION : QueueRole.COMPUTE);
        DeviceQueue queue = bench.queue(role);
        throwOn(queue);
        requireThrows(
                () -> {
                    other.await(queue.record());
                    other.synchronize();
                },
                "a wait for an event behind it on " + role);
    }

    private static void before(Bench bench, QueueRole role) {
        DeviceQueue other = bench.queue(role == QueueRole.COMPUTE ? QueueRole.COMMUNICATION : QueueRole.COMPUTE);
        DeviceQueue queue = bench.queue(role);
        queue.run(() -> {});
        DeviceEvent event = queue.record();
        throwOn(queue);
        quietly(queue::synchronize);
        other.await(event);
        other.synchronize();
    }

    // Whose it is ---------------------------------------------------------------------------------------------------

    private static String foreignQueue(Bench bench) throws Exception {
        return bench.subject().on(other -> {
            long address = bench.allocate(256).address();
            DeviceQueue queue = other.queue();
            MemorySegment host = MemorySegment.ofArray(new byte[64]);
            Kernel kernel = bench.device().prepare(ADD, List.of(TYPE, TYPE), List.of(TYPE));
            List<Runnable> calls = List.of(
                    () -> bench.device().copyToDevice(queue, host, address),
                    () -> bench.device().copyToHost(queue, address, host),
                    () -> bench.device().copy(queue, address, address + 64, 64),
                    () -> bench.device().fill(queue, address, 64, (byte) 1),
                    () -> kernel.launch(queue, new long[] {address, address}, new long[] {address + 64}, 0));
            JavelinException error = null;
            for (int i = 0; i < calls.size(); i++) {
                error = Bench.refused(calls.get(i), "call " + i + " with a queue of another accelerator");
            }
            return calls.size() + " calls: " + (error == null ? "" : error.getMessage());
        });
    }

    private static String foreignEvent(Bench bench) throws Exception {
        return bench.subject().on(other -> {
            DeviceEvent event = other.queue().record();
            boolean shared = other.device().addressSpace().equals(bench.device().addressSpace());
            for (QueueRole role : QueueRole.values()) {
                DeviceQueue queue = bench.queue(role);
                if (!shared || role == QueueRole.COMPUTE && !awaits(queue, event)) {
                    Bench.refused(
                            () -> {
                                queue.await(event);
                                queue.synchronize();
                            },
                            "await of another accelerator's event on " + role);
                }
            }
            return QueueRole.values().length + " queues" + (shared ? " in the same address space" : "");
        });
    }

    private static boolean awaits(DeviceQueue queue, DeviceEvent event) {
        try {
            queue.await(event);
            queue.synchronize();
            return true;
        } catch (JavelinException refused) {
            return false;
        }
    }

    private static String sideBySide(AcceleratorSubject subject) throws Exception {
        int turns = Math.max(20, subject.extent().tasks() / 4);
        CountDownLatch both = new CountDownLatch(2);
        List<FutureTask<String>> tasks = java.util.stream.IntStream.range(0, 2)
                .mapToObj(i -> new FutureTask<>(() -> subject.on(bench -> {
                    both.countDown();
                    boolean open = both.await(bench.extent().patienceMillis(), TimeUnit.MILLISECONDS);
                    bench.require(open, "one open device", "two", "two threads that open a device each");
                    return adds(bench, i, turns);
                })))
                .toList();
        tasks.forEach(task -> Thread.ofPlatform().daemon().name("tck side").start(task));
        for (FutureTask<String> task : tasks) {
            get(task);
        }
        return "2 with " + turns + " turns each";
    }

    private static String get(FutureTask<String> task) throws Exception {
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception error ? error : e;
        }
    }

    /** x ← x + one, again and again, from a number that is this thread's own. */
    private static String adds(Bench bench, int own, int turns) {
        float[] x = new float[16];
        float[] one = new float[16];
        java.util.Arrays.fill(x, own * 1000);
        java.util.Arrays.fill(one, 1);
        long address = bench.allocate(64).address();
        long second = bench.allocate(64).address();
        long third = bench.allocate(64).address();
        Kernel kernel = bench.device().prepare(ADD, List.of(TYPE, TYPE), List.of(TYPE));
        bench.device().copyToDevice(bench.queue(), MemorySegment.ofArray(x), address);
        bench.device().copyToDevice(bench.queue(), MemorySegment.ofArray(one), second);
        for (int i = 0; i < turns; i++) {
            kernel.launch(bench.queue(), new long[] {address, second}, new long[] {third}, 0);
            bench.device().copy(bench.queue(), third, address, 64);
        }
        float[] sum = new float[16];
        bench.device().copyToHost(bench.queue(), address, MemorySegment.ofArray(sum));
        bench.queue().synchronize();
        Breach.unlessEqual(own * 1000f + turns, sum[15], "the sum of thread " + own);
        return "";
    }

    private static String handedOver(Bench bench) throws Exception {
        for (int i = 0; i < 3; i++) {
            int turn = i;
            FutureTask<String> task = new FutureTask<>(() -> adds(bench, turn, 5));
            Thread.ofPlatform().daemon().name("tck hand " + i).start(task);
            get(task);
        }
        return "3 threads";
    }

    private static String countedApart(Bench bench) throws Exception {
        long before = bench.device().usage().liveBytes();
        bench.subject().on(other -> {
            other.allocate(5000);
            Breach.unlessEqual(before, bench.device().usage().liveBytes(), "bytes held, 5000 of another device's open");
            return "";
        });
        byte[] values = bench.bytes("apart", 100);
        long address = bench.allocate(100).address();
        bench.write(address, values);
        Bench.requireEqual(values, bench.read(address, 100), "memory behind the close of another device");
        return "2 devices";
    }
}
