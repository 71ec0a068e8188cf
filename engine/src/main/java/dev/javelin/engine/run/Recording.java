package dev.javelin.engine.run;

import dev.javelin.engine.program.Instruction;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.util.ArrayList;
import java.util.List;

/**
 * What one rank does and when, span by span, while a few steps are looked into. Each track is written by one thread, that
 * of its queue; all are read when the queues stand still.
 *
 * <p>Times are those of {@link System#nanoTime}. A queue's spans begin and end where the queue itself passes, so that
 * work which only waits in the queue does not count.
 */
public final class Recording {
    /** The track of the thread that enqueues. */
    public static final int HOST = 0;

    /** What a span was spent on. */
    public sealed interface Subject permits Work, Wait, Host {}

    /**
     * An instruction of a program on its queue.
     *
     * @param issue its place in the program's issue order
     */
    public record Work(String program, int issue, Instruction instruction) implements Subject {}

    /**
     * A queue stood still for work of another.
     *
     * @param issue place of the awaited instruction; -1 for all of the queue's
     */
    public record Wait(String program, int issue) implements Subject {}

    /**
     * The host did something besides enqueuing.
     *
     * @param around whether other spans may lie within
     */
    public record Host(String what, boolean around) implements Subject {}

    /**
     * Time that was spent.
     *
     * @param track {@link #HOST}, or that of a queue
     * @param step that it belongs to; 0 between steps
     */
    public record Span(int track, long step, long beginNanos, long endNanos, Subject subject) {
        public long nanos() {
            return endNanos - beginNanos;
        }
    }

    /** Name of the span around a whole step. */
    public static final String STEP = "step";

    private final List<List<Span>> tracks = new ArrayList<>();
    private long step;

    public Recording() {
        for (int track = 0; track <= QueueRole.values().length; track++) {
            tracks.add(new ArrayList<>());
        }
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

    /** Runs a step; spans that begin meanwhile belong to it. */
    public void step(long number, Runnable work) {
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
    public void enqueue(DeviceQueue queue, QueueRole role, Subject subject, Runnable work) {
        Mark mark = new Mark(track(role), step, subject);
        queue.run(mark::begin);
        work.run();
        queue.run(mark::end);
    }

    /** All spans of a track in the order of their ends. */
    public List<Span> spans(int track) {
        return List.copyOf(tracks.get(track));
    }

    /** Number of tracks, empty ones included. */
    public int tracks() {
        return tracks.size();
    }

    /** A span being measured. */
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
            tracks.get(track).add(new Span(track, step, beginNanos, System.nanoTime(), subject));
        }
    }
}
