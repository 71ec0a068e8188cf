package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.opened;

import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceClock;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Times by the device's own clock. No rule says how long anything takes: what the host measures around some work and within
 * it bounds what the device may say of it.
 */
final class ClockRules {
    private static final long HOLD_NANOS = 30_000_000;
    /** By which the clocks of host and device may go apart: a quartz is a hundred times better. */
    private static final long CLOCKS_AGREE_TO_ONE_IN = 1_000;

    private static final int EVENTS = 24;

    private ClockRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                opened(
                                "ACC-531",
                                "The time between two events of a clock holds the work between them, and no more than"
                                        + " passed on the host meanwhile.",
                                "A profile tells when the device worked, not when it was asked to.",
                                ClockRules::holds)
                        .unless(ClockRules::noClock),
                opened(
                                "ACC-532",
                                "Times of a queue do not go backwards, are the same from both ends, and add up.",
                                "Spans of a profile lie one behind the other.",
                                ClockRules::forwards)
                        .unless(ClockRules::noClock),
                opened(
                                "ACC-533",
                                "All queues have one clock: work behind await is not before what it awaited.",
                                "A profile shows queues side by side.",
                                ClockRules::one)
                        .unless(ClockRules::noClock),
                opened(
                                "ACC-534",
                                "nanosBetween waits for events that are not passed, counts to where they were recorded"
                                        + " last, and refuses with a code one that never was or has no times.",
                                "A step's events are used again in the next step, and a wrong use is told.",
                                ClockRules::careful)
                        .unless(ClockRules::noClock));
    }

    private static Optional<String> noClock(AcceleratorSubject subject) {
        try (Accelerator device = subject.open()) {
            return Numbered.reason(
                    device.clock().isEmpty(), "it has no clock of its own: the host and its threads do the work");
        }
    }

    private static DeviceClock clock(Bench bench) {
        return bench.device().clock().orElseThrow();
    }

    private static long slack(DeviceClock clock, long nanos) {
        return 2 * clock.resolutionNanos() + nanos / CLOCKS_AGREE_TO_ONE_IN;
    }

    private static String holds(Bench bench) {
        DeviceClock clock = clock(bench);
        Breach.unless(clock.resolutionNanos() > 0, clock.resolutionNanos() + "", "above 0", "resolutionNanos");
        for (QueueRole role : QueueRole.values()) {
            DeviceQueue queue = bench.queue(role);
            try (DeviceEvent begin = clock.event();
                    DeviceEvent end = clock.event()) {
                long[] inside = new long[2];
                long before = System.nanoTime();
                queue.record(begin);
                queue.run(() -> {
                    inside[0] = System.nanoTime();
                    hold();
                    inside[1] = System.nanoTime();
                });
                queue.record(end);
                end.synchronize();
                long around = System.nanoTime() - before;
                long within = inside[1] - inside[0];
                long told = clock.nanosBetween(begin, end);
                long slack = slack(clock, around);
                Breach.unless(
                        told >= within - slack && told <= around + slack,
                        told + " ns",
                        "between " + within + " and " + around + " ns, as the host measured",
                        "events around a task on " + role);
            }
        }
        return "to " + clock.resolutionNanos() + " ns, on " + QueueRole.values().length + " queues";
    }

    private static void hold() {
        long end = System.nanoTime() + HOLD_NANOS;
        for (long left = HOLD_NANOS; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static String forwards(Bench bench) {
        DeviceClock clock = clock(bench);
        long address = bench.allocate(1 << 20).address();
        List<DeviceEvent> events = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            DeviceEvent event = clock.event();
            events.add(event);
            bench.queue().record(event);
            bench.device().fill(bench.queue(), address, 1 << 20, (byte) i);
        }
        bench.queue().synchronize();
        long sum = 0;
        for (int i = 1; i < EVENTS; i++) {
            long there = clock.nanosBetween(events.get(i - 1), events.get(i));
            long back = clock.nanosBetween(events.get(i), events.get(i - 1));
            String place = "events " + (i - 1) + " and " + i + " of a queue";
            Breach.unless(there >= 0, there + " ns", "0 or more", place);
            Breach.unless(
                    Math.abs(there + back) <= slack(clock, there),
                    there + " ns forth and " + back + " back",
                    "the same with the other sign",
                    place);
            sum += there;
        }
        long whole = clock.nanosBetween(events.getFirst(), events.getLast());
        Breach.unless(
                Math.abs(whole - sum) <= EVENTS * slack(clock, sum),
                whole + " ns from the first to the last",
                sum + " ns, the sum of all parts",
                EVENTS + " events of a queue");
        events.forEach(DeviceEvent::close);
        return EVENTS + " events";
    }

    private static String one(Bench bench) {
        DeviceClock clock = clock(bench);
        for (QueueRole role : QueueRole.values()) {
            DeviceQueue first = bench.queue(role);
            DeviceQueue second = bench.queue(QueueRole.values()[(role.ordinal() + 1) % QueueRole.values().length]);
            try (DeviceEvent awaited = clock.event();
                    DeviceEvent behind = clock.event()) {
                long before = System.nanoTime();
                first.run(ClockRules::hold);
                first.record(awaited);
                second.await(awaited);
                second.record(behind);
                behind.synchronize();
                long around = System.nanoTime() - before;
                long told = clock.nanosBetween(awaited, behind);
                long slack = slack(clock, around);
                Breach.unless(
                        told >= -slack && told <= around + slack,
                        told + " ns",
                        "between 0 and " + around + " ns",
                        "from an event on " + role + " to one behind await of it");
            }
        }
        return QueueRole.values().length + " queues";
    }

    private static String careful(Bench bench) {
        DeviceClock clock = clock(bench);
        DeviceQueue queue = bench.queue();
        try (DeviceEvent begin = clock.event();
                DeviceEvent end = clock.event();
                DeviceEvent never = clock.event();
                DeviceEvent plain = bench.device().event()) {
            queue.record(end);
            queue.record(begin);
            queue.synchronize();
            queue.run(ClockRules::hold);
            queue.record(end);
            long told = clock.nanosBetween(begin, end); // the task is at work
            long least = HOLD_NANOS - slack(clock, HOLD_NANOS);
            Breach.unless(told >= least, told + " ns", "at least " + least, "an event recorded again behind a task");
            queue.record(plain);
            queue.synchronize();
            Bench.refused(() -> clock.nanosBetween(begin, never), "to an event that was never recorded");
            Bench.refused(() -> clock.nanosBetween(never, end), "from an event that was never recorded");
            Bench.refused(() -> clock.nanosBetween(begin, plain), "to an event without times");
        }
        return "1 event recorded again, 3 refused";
    }
}
