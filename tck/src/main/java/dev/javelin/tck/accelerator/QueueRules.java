package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.opened;

import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Order on one queue and between queues. */
final class QueueRules {
    /** For which work is held up, so that whoever does not wait is caught. */
    private static final long HOLD_NANOS = 30_000_000;
    /** For which synchronize has to wait. */
    private static final long LONG_NANOS = 600_000_000;
    /** Turns that are held up, so that who does not wait comes too early. */
    private static final int HELD_TURNS = 44;

    private QueueRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                opened(
                        "ACC-501",
                        "queue gives the same queue at each call for a role.",
                        "Order is a matter of one queue.",
                        QueueRules::same),
                opened(
                        "ACC-502",
                        "Tasks, copies and fills on one queue take effect in order, on the queue of every role.",
                        "A collective's task works between the kernels before and behind it.",
                        QueueRules::inOrder),
                opened(
                        "ACC-503",
                        "synchronize comes back when all enqueued work is done, and not before.",
                        "Results are read behind it.",
                        QueueRules::synchronizes),
                opened(
                        "ACC-504",
                        "An event that was recorded before any work is passed.",
                        "A first use has nothing to wait for.",
                        QueueRules::empty),
                opened(
                        "ACC-505",
                        "Work behind await finds done what was enqueued on the other queue before the event was"
                                + " recorded.",
                        "This is the only order between queues.",
                        QueueRules::awaits),
                opened(
                        "ACC-506",
                        "A queue may await an event of its own.",
                        "The engine need not know which roles share a queue.",
                        QueueRules::own),
                opened(
                        "ACC-507",
                        "One event may be awaited by several queues, and again and again.",
                        "Parameters that were gathered once are used often.",
                        QueueRules::shared),
                opened(
                                "ACC-508",
                                "A queue that the planner calls concurrent works beside the compute queue and beside"
                                        + " its caller.",
                                "The engine plans communication beside computation only where it is so.",
                                QueueRules::beside)
                        .unless(QueueRules::noneBeside),
                opened(
                                "ACC-509",
                                "An event waits for what was enqueued before it, not for what was enqueued later.",
                                "A queue that is always busy would never be waited for to the end.",
                                QueueRules::marks)
                        .unless(QueueRules::noneBeside),
                opened(
                        "ACC-510",
                        "Queues hand work to and fro by events as often as they are asked.",
                        "Each layer of a step has its collective.",
                        QueueRules::pingPong),
                opened(
                        "ACC-511",
                        "Events and tasks in great number neither block nor fail.",
                        "Nothing drains a queue but the end of a step.",
                        QueueRules::many),
                opened(
                        "ACC-512",
                        "An event that is recorded again moves to the new place, and who awaited the old one does not"
                                + " wait for the new.",
                        "A step makes its events once.",
                        QueueRules::moved),
                opened(
                        "ACC-513",
                        "An event that was never recorded is not waited for, and one that is closed while it is"
                                + " awaited is waited for all the same.",
                        "Owners close what they made, and programs begin before anything was recorded.",
                        QueueRules::loose),
                opened(
                        "ACC-514",
                        "synchronize of an event comes back on the host when the queue has passed it, and not before.",
                        "Staging memory is used again behind it.",
                        QueueRules::onHost));
    }

    static java.util.Optional<String> noneBeside(AcceleratorSubject subject) {
        return Numbered.reason(
                besides(subject.planner()).isEmpty(),
                "the planner calls no queue concurrent: all work in program order");
    }

    private static List<QueueRole> besides(dev.javelin.spi.device.DevicePlanner planner) {
        return java.util.Arrays.stream(QueueRole.values())
                .filter(role -> role != QueueRole.COMPUTE && planner.concurrent(role))
                .toList();
    }

    private static String same(Bench bench) {
        for (QueueRole role : QueueRole.values()) {
            DeviceQueue first = bench.queue(role);
            bench.require(first == bench.queue(role), "another queue", "the same", "queue of " + role);
        }
        return QueueRole.values().length + " roles";
    }

    /** A task sees on the host what copies before it have brought, and nothing of those behind it. */
    private static String inOrder(Bench bench) {
        int turns = Math.min(100, bench.extent().tasks());
        long address = bench.allocate(64).address();
        for (QueueRole role : QueueRole.values()) {
            DeviceQueue queue = bench.queue(role);
            byte[][] before = new byte[turns][64];
            byte[][] behind = new byte[turns][64];
            List<List<Integer>> seen = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < turns; i++) {
                int turn = i;
                bench.device().fill(queue, address, 64, (byte) (i + 1));
                bench.device().copyToHost(queue, address, MemorySegment.ofArray(before[i]));
                queue.run(() -> seen.add(List.of((int) before[turn][63], (int) behind[turn][63])));
                bench.device().copyToHost(queue, address, MemorySegment.ofArray(behind[i]));
            }
            queue.synchronize();
            Breach.unlessEqual(turns, seen.size(), "tasks done on " + role);
            for (int i = 0; i < turns; i++) {
                String place = "what the copies before and behind it had brought to task " + i + " on " + role;
                Breach.unlessEqual(List.of((int) (byte) (i + 1), 0), seen.get(i), place);
                Breach.unlessEqual((byte) (i + 1), behind[i][63], "what the copy behind it brought in the end");
            }
        }
        return turns + " turns on each of " + QueueRole.values().length + " queues";
    }

    private static String synchronizes(Bench bench) {
        AtomicInteger[] done = new AtomicInteger[QueueRole.values().length];
        for (QueueRole role : QueueRole.values()) {
            AtomicInteger count = new AtomicInteger();
            done[role.ordinal()] = count;
            for (int i = 0; i < 2; i++) {
                bench.queue(role).run(() -> {
                    hold(LONG_NANOS / 2);
                    count.incrementAndGet();
                });
            }
        }
        for (QueueRole role : QueueRole.values()) {
            bench.queue(role).synchronize();
            Breach.unlessEqual(2, done[role.ordinal()].get(), "tasks done behind synchronize on " + role);
        }
        return "2 tasks on each queue";
    }

    private static void hold() {
        hold(HOLD_NANOS);
    }

    /** Longer than it takes to come back without waiting. */
    private static void hold(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(nanos / 4);
        }
    }

    private static String empty(Bench bench) throws InterruptedException {
        List<DeviceEvent> events = new ArrayList<>();
        for (QueueRole role : QueueRole.values()) {
            events.add(bench.queue(role).record());
        }
        CountDownLatch done = new CountDownLatch(QueueRole.values().length);
        for (QueueRole role : QueueRole.values()) {
            events.forEach(bench.queue(role)::await);
            bench.queue(role).run(done::countDown);
        }
        require(bench, done, "work behind events of queues without work");
        return events.size() + " events, awaited by all";
    }

    private static String awaits(Bench bench) {
        int pairs = 0;
        long address = bench.allocate(64).address();
        for (QueueRole first : QueueRole.values()) {
            for (QueueRole second : QueueRole.values()) {
                bench.device().fill(bench.queue(), address, 64, (byte) 0);
                bench.queue().synchronize();
                DeviceQueue one = bench.queue(first);
                DeviceQueue two = bench.queue(second);
                one.run(QueueRules::hold);
                bench.device().fill(one, address, 64, (byte) 5);
                two.await(one.record());
                byte[] seen = new byte[64];
                bench.device().copyToHost(two, address, MemorySegment.ofArray(seen));
                two.synchronize();
                Breach.unlessEqual((byte) 5, seen[63], "what " + second + " sees behind an event of " + first);
                one.synchronize();
                pairs++;
            }
        }
        return pairs + " pairs of queues";
    }

    private static String own(Bench bench) throws InterruptedException {
        for (QueueRole role : QueueRole.values()) {
            CountDownLatch done = new CountDownLatch(1);
            DeviceQueue queue = bench.queue(role);
            queue.run(() -> {});
            queue.await(queue.record());
            queue.run(done::countDown);
            require(bench, done, "work behind an event of its own on " + role);
        }
        return QueueRole.values().length + " queues";
    }

    private static void require(Bench bench, CountDownLatch done, String place) throws InterruptedException {
        boolean ended = done.await(bench.extent().patienceMillis(), TimeUnit.MILLISECONDS);
        bench.require(ended, "no end after " + bench.extent().patienceMillis() + " ms", "an end", place);
    }

    private static String shared(Bench bench) {
        long address = bench.allocate(64).address();
        bench.device().fill(bench.queue(), address, 64, (byte) 0);
        bench.queue().run(QueueRules::hold);
        bench.device().fill(bench.queue(), address, 64, (byte) 6);
        DeviceEvent event = bench.queue().record();
        for (int turn = 0; turn < 2; turn++) {
            for (QueueRole role : List.of(QueueRole.values()).reversed()) {
                DeviceQueue queue = bench.queue(role);
                queue.await(event);
                byte[] seen = new byte[64];
                bench.device().copyToHost(queue, address, MemorySegment.ofArray(seen));
                queue.synchronize();
                Breach.unlessEqual((byte) 6, seen[0], "what " + role + " sees in turn " + turn);
            }
        }
        return "1 event awaited " + 2 * QueueRole.values().length + " times";
    }

    private static String beside(Bench bench) throws InterruptedException {
        List<QueueRole> roles = besides(bench.device().planner());
        for (QueueRole role : roles) {
            CountDownLatch gate = new CountDownLatch(1);
            CountDownLatch done = new CountDownLatch(1);
            boolean[] opened = new boolean[1];
            bench.queue(role).run(() -> {
                opened[0] = passes(bench, gate);
                done.countDown();
            });
            byte[] values = bench.bytes(role, 100);
            long address = bench.allocate(100).address();
            bench.write(address, values);
            Bench.requireEqual(values, bench.read(address, 100), "the compute queue while " + role + " is held");
            gate.countDown();
            require(bench, done, "the task on " + role);
            bench.queue(role).synchronize();
            bench.require(opened[0], "a task that nobody let go", "one that the caller lets go", "queue of " + role);
        }
        return roles.toString();
    }

    /** Waits at a gate; false if patience was over first. */
    private static boolean passes(Bench bench, CountDownLatch gate) {
        try {
            return gate.await(bench.extent().patienceMillis() / 2, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String marks(Bench bench) {
        List<QueueRole> roles = besides(bench.device().planner());
        for (QueueRole role : roles) {
            CountDownLatch gate = new CountDownLatch(1);
            boolean[] opened = new boolean[1];
            DeviceQueue queue = bench.queue(role);
            queue.run(() -> {});
            DeviceEvent event = queue.record();
            queue.run(() -> opened[0] = passes(bench, gate));
            bench.queue().await(event);
            bench.queue().run(() -> {});
            bench.queue().synchronize();
            gate.countDown();
            queue.synchronize();
            bench.require(opened[0], "a wait for work behind the event", "none", "await of an event of " + role);
        }
        return roles.toString();
    }

    /** A mark goes from place to place, each time by another queue; the first turns are held up on the host. */
    private static String pingPong(Bench bench) {
        int turns = Math.max(HELD_TURNS, bench.extent().tasks() / 4);
        byte[] places = new byte[turns + 1];
        places[0] = 77;
        long address = bench.allocate(turns + 1).address();
        bench.write(address, places);
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        DeviceEvent event = bench.device().event();
        for (int i = 0; i < turns; i++) {
            int turn = i;
            DeviceQueue queue = bench.queue(QueueRole.values()[i % QueueRole.values().length]);
            queue.await(event);
            queue.run(() -> {
                if (turn < HELD_TURNS) {
                    hold(HOLD_NANOS / 15);
                }
                order.add(turn);
            });
            bench.device().copy(queue, address + i, address + i + 1, 1);
            queue.record(event);
        }
        bench.queue().await(event);
        Breach.unlessEqual((byte) 77, bench.read(address + turns, 1)[0], "the mark behind " + turns + " turns");
        event.close();
        List<Integer> expected =
                java.util.stream.IntStream.range(0, turns).boxed().toList();
        Breach.unlessEqual(expected, List.copyOf(order), "order of turns");
        return turns + " turns over " + QueueRole.values().length + " queues";
    }

    private static String many(Bench bench) {
        int count = 10 * bench.extent().tasks();
        AtomicInteger done = new AtomicInteger();
        DeviceQueue other = bench.queue(QueueRole.COMMUNICATION);
        DeviceEvent first = other.record();
        for (int i = 0; i < count; i++) {
            bench.queue().run(done::incrementAndGet);
            try (DeviceEvent event = bench.queue().record()) {
                if (i % 10 == 0) {
                    other.await(event);
                    other.await(first);
                }
            }
        }
        other.synchronize();
        bench.queue().synchronize();
        Breach.unlessEqual(count, done.get(), "tasks done");
        return count + " tasks and events";
    }

    private static String moved(Bench bench) {
        long address = bench.allocate(64).address();
        DeviceQueue one = bench.queue(QueueRole.COMMUNICATION);
        DeviceQueue two = bench.queue();
        DeviceEvent event = bench.device().event();
        for (int turn = 1; turn <= 4; turn++) {
            one.run(QueueRules::hold);
            bench.device().fill(one, address, 64, (byte) turn);
            one.record(event);
            two.await(event);
            byte[] seen = new byte[64];
            bench.device().copyToHost(two, address, MemorySegment.ofArray(seen));
            two.record(event);
            one.await(event);
            two.synchronize();
            Breach.unlessEqual((byte) turn, seen[63], "what is seen behind the event in turn " + turn);
        }
        event.close();
        return "4 turns to and fro by one event";
    }

    private static String loose(Bench bench) throws InterruptedException {
        DeviceEvent never = bench.device().event();
        long address = bench.allocate(64).address();
        for (QueueRole role : QueueRole.values()) {
            CountDownLatch done = new CountDownLatch(1);
            bench.queue(role).await(never);
            bench.queue(role).run(done::countDown);
            require(bench, done, "work behind an event that was never recorded, on " + role);
        }
        never.synchronize();
        never.close();
        bench.device().fill(bench.queue(), address, 64, (byte) 0);
        bench.queue().synchronize();
        DeviceQueue other = bench.queue(QueueRole.COMMUNICATION);
        other.run(QueueRules::hold);
        bench.device().fill(other, address, 64, (byte) 8);
        DeviceEvent closed = bench.device().event();
        other.record(closed);
        bench.queue().await(closed);
        closed.close();
        Breach.unlessEqual((byte) 8, bench.read(address, 64)[63], "what is seen behind an event that was closed");
        other.synchronize();
        return "2 events";
    }

    private static String onHost(Bench bench) {
        long address = bench.allocate(64).address();
        for (QueueRole role : QueueRole.values()) {
            AtomicInteger done = new AtomicInteger();
            byte[] seen = new byte[64];
            DeviceQueue queue = bench.queue(role);
            bench.device().fill(queue, address, 64, (byte) (role.ordinal() + 1));
            queue.run(() -> {
                hold();
                done.incrementAndGet();
            });
            bench.device().copyToHost(queue, address, MemorySegment.ofArray(seen));
            try (DeviceEvent event = queue.record()) {
                event.synchronize();
            }
            Breach.unlessEqual(1, done.get(), "tasks done behind an event of " + role);
            Breach.unlessEqual((byte) (role.ordinal() + 1), seen[63], "bytes copied behind an event of " + role);
            queue.synchronize();
        }
        return QueueRole.values().length + " queues";
    }
}
