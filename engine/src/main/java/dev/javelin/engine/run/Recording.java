package dev.javelin.engine.run;

import dev.javelin.engine.program.Instruction;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceClock;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What one rank does and when, span by span, while a few steps are looked into. Each track is written by one thread; all
 * are read when the queues stand still.
 *
 * <p>Times are those of {@link System#nanoTime}. A queue's spans begin and end where the queue itself passes, so that
 * work which only waits in the queue does not count. Where the host or its threads do the work, a task in the queue notes
 * that, and the track is written by the queue's thread. Where the device has a {@link DeviceClock}, its events do: nothing
 * waits and no task holds the queue up ({@code DeviceMarks}); the host's own time for enqueuing is a span of its track.
 */
public final class Recording implements AutoCloseable {
    /** The track of the thread that enqueues. */
    public static final int HOST = 0;

    /** What a span was spent on. */
    public sealed interface Subject permits Queued, Host, Enqueuing {}

    /** What stands in a queue. */
    public sealed interface Queued extends Subject permits Work, Wait, Copy {}

    /**
     * An instruction of a program on its queue.
     *
     * @param issue its place in the program's issue order
     */
    public record Work(String program, int issue, Instruction instruction) implements Queued {}

    /**
     * A queue stood still for work of another.
     *
     * @param issue place of the awaited instruction; -1 for all of the queue's
     */
    public record Wait(String program, int issue) implements Queued {}

    /**
     * Bytes went between host and device, or within it, besides a program's instructions.
     *
     * @param what for people
     */
    public record Copy(String what, long bytes) implements Queued {}

    /**
     * The host did something besides enqueuing.
     *
     * @param around whether other spans may lie within
     */
    public record Host(String what, boolean around) implements Subject {}

    /**
     * The host enqueued something for a device that works beside it.
     *
     * @param what was enqueued
     * @param markNanos of the span, which recording the events around it took: it is the price of looking
     */
    public record Enqueuing(Queued what, long markNanos) implements Subject {}

    /**
     * Time that was spent.
     *
     * @param track {@link #HOST}, or that of a queue
     * @param step that it belongs to; 0 between steps
     * @param enqueuedNanos when the host had enqueued it: {@code beginNanos}, unless the device works beside the host
     */
    public record Span(int track, long step, long enqueuedNanos, long beginNanos, long endNanos, Subject subject) {
        public long nanos() {
            return endNanos - beginNanos;
        }
    }

    /** Name of the span around a whole step. */
    public static final String STEP = "step";

    private final List<List<Span>> tracks = new ArrayList<>();
    private final @Nullable DeviceMarks marks;
    private long step;

    /** Of a device whose queues should stand still now. */
    public Recording(Accelerator device) {
        for (int track = 0; track <= QueueRole.values().length; track++) {
            tracks.add(new ArrayList<>());
        }
        marks = device.clock()
                .map(clock -> new DeviceMarks(clock, device.queue(QueueRole.COMPUTE), this::add))
                .orElse(null);
    }

    private void add(Span span) {
        tracks.get(span.track()).add(span);
    }

    /** The track of a queue. */
    public static int track(QueueRole role) {
        return 1 + role.ordinal();
    }

    /** Name of a track for people. */
    public static String name(int track) {
        return track == HOST
                ? "host"
                : QueueRole.values()[track - 1]
                                .name()
                                .toLowerCase(java.util.Locale.ROOT)
                                .replace('_', ' ') + " queue";
    }

    /** To how many nanoseconds the device's clock tells; empty if the host tells the times of queues. */
    public OptionalLong deviceClockNanos() {
        return marks == null ? OptionalLong.empty() : OptionalLong.of(marks.resolutionNanos());
    }

    /** By how many nanoseconds a device's spans may lie beside those of the host; 0 if the host tells the times of queues. */
    public long axisNanos() {
        return marks == null ? 0 : marks.axisNanos();
    }

    /** Runs a step; spans that begin meanwhile belong to it. Queues that work beside the host should stand still before. */
    public void step(long number, Runnable work) {
        if (marks != null) {
            marks.anchor();
        }
        step = number;
        try {
            around(STEP, work);
        } finally {
            step = 0;
        }
    }

    /** Work of the host with other spans within. */
    public void around(String what, Runnable work) {
        host(new Host(what, true), work);
    }

    /** Work of the host by itself. */
    public void host(String what, Runnable work) {
        host(new Host(what, false), work);
    }

    private void host(Subject subject, Runnable work) {
        Mark mark = new Mark(HOST, step, subject);
        mark.begin();
        work.run();
        mark.end();
    }

    /** Lets the queue note when it begins and ends what {@code work} enqueues. */
    public void enqueue(DeviceQueue queue, QueueRole role, Queued subject, Runnable work) {
        if (marks != null) {
            marks.enqueue(queue, track(role), step, subject, work);
            return;
        }
        Mark mark = new Mark(track(role), step, subject);
        queue.run(mark::begin);
        work.run();
        queue.run(mark::end);
    }

    /**
     * Behind a program: waits for the queue, so that the host's own span around it holds the work, but where the device's
     * clock tells times without.
     */
    void settle(DeviceQueue queue) {
        if (marks == null) {
            queue.synchronize();
        }
    }

    /**
     * All spans of a track in the order of their ends. Those of a device that works beside the host are whole up to the
     * last step that began, and altogether when this was closed.
     */
    public List<Span> spans(int track) {
        return List.copyOf(tracks.get(track));
    }

    /** Number of tracks, empty ones included. */
    public int tracks() {
        return tracks.size();
    }

    /** Waits for what was enqueued and gives the device's events back. Spans stay. */
    @Override
    public void close() {
        if (marks != null) {
            marks.close();
        }
    }

    /** A span being measured by the host. */
    private final class Mark {
        private final int track;
        private final long step;
        private final Subject subject;
        private long beginNanos;

        Mark(int track, long step, Subject subject) {
            this.track = track;
            this.step = step;
            this.subject = subject;
        }

        void begin() {
            beginNanos = System.nanoTime();
        }

        void end() {
            add(new Span(track, step, beginNanos, beginNanos, System.nanoTime(), subject));
        }
    }
}
