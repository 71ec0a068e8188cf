package dev.javelin.engine.run;

import dev.javelin.engine.run.Recording.Enqueuing;
import dev.javelin.engine.run.Recording.Queued;
import dev.javelin.engine.run.Recording.Span;
import dev.javelin.spi.device.DeviceClock;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Spans of queues by the device's own clock: an event before and one behind each piece of work, read when the device has
 * long passed them. Nothing is waited for, unless thousands are not read yet.
 *
 * <p>A queue that has run dry passes the event before a piece at once, while the host is still enqueuing the piece itself:
 * so a span does not begin before the host is done with that. What a launch then takes to arrive at the device is part of
 * the span. Of a piece of several launches, some may have been at work before: then the span is too short by less than
 * the host's time for it.
 *
 * <p>The device's clock has another zero than the host's. An anchor lays one on the other: an event whose passing the host
 * waited for on a queue with nothing in it, so that it lies between two of the host's times some microseconds apart. It is
 * renewed for each step, before clocks of some millionths' difference have gone apart.
 */
final class DeviceMarks implements AutoCloseable {
    private static final int MOST_PENDING = 8_192;
    private static final int ANCHORINGS = 3;

    private final DeviceClock clock;
    private final DeviceQueue queue;
    private final Consumer<Span> spans;
    private final List<DeviceEvent> made = new ArrayList<>();
    private final Deque<DeviceEvent> free = new ArrayDeque<>();
    private final Deque<Pending> pending = new ArrayDeque<>();
    private DeviceEvent anchor;
    private long anchorNanos;
    private long anchorError;
    private long worstError;

    /** Work whose time is not read yet. */
    private record Pending(int track, long step, long enqueued, Queued subject, DeviceEvent begin, DeviceEvent end) {}

    /**
     * @param queue on which anchors are recorded
     * @param spans takes what was measured: of the host when it was enqueued, of the device when it was read
     */
    DeviceMarks(DeviceClock clock, DeviceQueue queue, Consumer<Span> spans) {
        this.clock = clock;
        this.queue = queue;
        this.spans = spans;
        this.anchor = take();
        anchor();
    }

    private DeviceEvent take() {
        DeviceEvent event = free.poll();
        if (event == null) {
            event = clock.event();
            made.add(event);
        }
        return event;
    }

    /** Reads what there is, then finds the host's time of an event anew: the closest of some tries. */
    void anchor() {
        read(0);
        anchorError = Long.MAX_VALUE;
        for (int i = 0; i < ANCHORINGS; i++) {
            DeviceEvent event = take();
            long before = System.nanoTime();
            queue.record(event);
            event.synchronize();
            long around = System.nanoTime() - before;
            if (around / 2 < anchorError) {
                free.add(anchor);
                anchor = event;
                anchorNanos = before + around / 2;
                anchorError = around / 2;
            } else {
                free.add(event);
            }
        }
        worstError = Math.max(worstError, anchorError);
    }

    void enqueue(DeviceQueue on, int track, long step, Queued subject, Runnable work) {
        if (pending.size() >= MOST_PENDING) {
            read(MOST_PENDING / 2);
        }
        DeviceEvent begin = take();
        DeviceEvent end = take();
        long asked = System.nanoTime();
        on.record(begin);
        long working = System.nanoTime();
        work.run();
        long worked = System.nanoTime();
        on.record(end);
        long done = System.nanoTime();
        pending.add(new Pending(track, step, worked, subject, begin, end));
        long marking = working - asked + done - worked;
        spans.accept(new Span(Recording.HOST, step, asked, asked, done, new Enqueuing(subject, marking)));
    }

    /** Reads the oldest spans, waiting for those that the device has not passed, until so many are left. */
    private void read(int left) {
        while (pending.size() > left) {
            Pending oldest = pending.remove();
            long before = anchorNanos + clock.nanosBetween(anchor, oldest.begin());
            long end = anchorNanos + clock.nanosBetween(anchor, oldest.end());
            long begin = Math.max(before, Math.min(oldest.enqueued(), end));
            spans.accept(new Span(oldest.track(), oldest.step(), oldest.enqueued(), begin, end, oldest.subject()));
            free.add(oldest.begin());
            free.add(oldest.end());
        }
    }

    long resolutionNanos() {
        return clock.resolutionNanos();
    }

    /** How far from its true place on the host's axis a span may lie, drift of clocks within a step aside. */
    long axisNanos() {
        return worstError;
    }

    @Override
    public void close() {
        read(0);
        made.forEach(DeviceEvent::close);
    }
}
