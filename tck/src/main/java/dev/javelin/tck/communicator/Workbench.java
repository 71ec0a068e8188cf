package dev.javelin.tck.communicator;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Breach;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What one rank of a check works with: its seat, its device, its communicators and its buffers. Closes them all. */
final class Workbench implements AutoCloseable {
    private static final long TURN_NANOS = 2_000_000;

    private final CommunicatorSubject subject;
    private final ProbedSeat seat;
    private final Crew crew;
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private @Nullable Accelerator device;
    private @Nullable Communicator joined;
    private long ticket = 1;
    private volatile String place = "start";

    Workbench(CommunicatorSubject subject, ProbedSeat seat, Crew crew) {
        this.subject = subject;
        this.seat = seat;
        this.crew = crew;
    }

    ProbedSeat seat() {
        return seat;
    }

    int rank() {
        return seat.rank();
    }

    int size() {
        return seat.size();
    }

    CommunicatorSubject subject() {
        return subject;
    }

    Extent extent() {
        return subject.extent();
    }

    /** Where the rank is, for breaches. */
    void at(String what) {
        place = what;
    }

    String place() {
        return "rank " + rank() + " of " + size() + ", " + place;
    }

    // Ranks -----------------------------------------------------------------------------------------------------------

    /** The world's communicator; joined at the first call. */
    Communicator join() {
        Communicator communicator = joined;
        if (communicator == null) {
            at("join");
            communicator = subject.provider().join(seat, subject.options());
            owned.push(communicator);
            joined = communicator;
        }
        return communicator;
    }

    /** Joins with other options than the subject's. */
    Communicator join(Options options) {
        Communicator communicator = subject.provider().join(seat, options);
        owned.push(communicator);
        return communicator;
    }

    /** Closes it with the bench, if nobody does so before. */
    Communicator keep(Communicator group) {
        owned.push(group);
        return group;
    }

    /** Waits, by other means than the communicator, until every rank has come here. */
    void meet() {
        exchange("");
    }

    /** What each rank gives, by rank. */
    List<String> exchange(String mine) {
        return crew.exchange(rank(), mine.getBytes(StandardCharsets.UTF_8)).stream()
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .toList();
    }

    /** Lets time pass. */
    void hold(long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        while (System.nanoTime() - end < 0) {
            crew.requireGoing();
            LockSupport.parkNanos(TURN_NANOS);
        }
    }

    /** Does something after a while on another thread, unless the check is over by then. */
    void later(long millis, Runnable body) {
        FutureTask<Boolean> task = new FutureTask<>(
                () -> {
                    hold(millis);
                    body.run();
                },
                true);
        Thread.ofPlatform().daemon().name("tck later").start(task);
    }

    // Device ----------------------------------------------------------------------------------------------------------

    Accelerator device() {
        Accelerator opened = device;
        if (opened == null) {
            opened = subject.device().opener().apply(rank());
            device = opened;
        }
        return opened;
    }

    /** Where calls are made: beside the caller, if the device can. */
    DeviceQueue queue() {
        boolean beside = device().planner().concurrent(QueueRole.COMMUNICATION);
        return device().queue(beside ? QueueRole.COMMUNICATION : QueueRole.COMPUTE);
    }

    /** A call on the queue with the next ticket; the ranks make the same calls, and so have the same tickets. */
    Communicator.Call call() {
        return new Communicator.Call(queue(), ticket++);
    }

    void settle() {
        queue().synchronize();
    }

    /** A buffer in ordinary memory of the device. */
    Buffer buffer(long bytes) {
        return buffer(bytes, 0);
    }

    /** A buffer that begins so many bytes beside an aligned address. */
    Buffer buffer(long bytes, long shift) {
        DeviceMemory memory = device().allocate(lead() + shift + bytes + Buffer.GUARD, "tck");
        owned.push(memory);
        return new Buffer(device(), memory, lead() + shift, bytes);
    }

    /** Guard bytes in front of a buffer, which is aligned behind them as the device wants it. */
    private long lead() {
        long alignment = device().planner().alignmentBytes();
        return Math.ceilDiv(Buffer.GUARD, alignment) * alignment;
    }

    /** A buffer in memory that the communicator gives. All ranks call it alike. */
    Buffer buffer(Communicator group, long bytes) {
        DeviceMemory memory = group.allocate(device(), lead() + bytes + Buffer.GUARD, "tck");
        owned.push(memory);
        return new Buffer(device(), memory, lead(), bytes);
    }

    // Errors ----------------------------------------------------------------------------------------------------------

    Breach breach(String actual, String expected) {
        return new Breach(actual, expected, place());
    }

    void require(boolean holds, String actual, String expected) {
        if (!holds) {
            throw breach(actual, expected);
        }
    }

    void requireEqual(Object expected, @Nullable Object actual, String what) {
        if (!expected.equals(actual)) {
            throw breach(what + " " + actual, String.valueOf(expected));
        }
    }

    /** The coded error that a call ends with, in the call itself or when its queue is waited for. */
    JavelinException failure(Runnable call) {
        return failed(() -> {
            call.run();
            settle();
            return "nothing was thrown";
        });
    }

    /** The coded error that something ends with which waits by itself. */
    JavelinException failed(Callable<?> body) {
        Object result;
        try {
            result = body.call();
        } catch (Stopped stopped) {
            throw stopped;
        } catch (JavelinException error) {
            return error;
        } catch (Exception error) {
            throw breach(error.toString(), "a JavelinException").causedBy(error);
        }
        throw breach(String.valueOf(result), "an error");
    }

    /** Breaks the rule unless the call ends with this code. */
    void requireCode(String code, Runnable call) {
        JavelinException error = failure(call);
        require(error.code().equals(code), String.valueOf(error.getMessage()), code);
    }

    /** Whether an error is, or was caused by, another. */
    static boolean stemsFrom(@Nullable Throwable error, Throwable cause) {
        for (Throwable at = error; at != null; at = at.getCause()) {
            if (at == cause) {
                return true;
            }
        }
        return false;
    }

    /** Whether an error is, or was caused by, one of a kind. */
    static boolean caused(@Nullable Throwable error, Class<? extends Throwable> kind) {
        for (Throwable at = error; at != null; at = at.getCause()) {
            if (kind.isInstance(at)) {
                return true;
            }
        }
        return false;
    }

    /** What is on the queue may still use the memory; how it ends was the check's to judge. */
    private void finishQueue() {
        Accelerator opened = device;
        if (opened != null) {
            try {
                settle();
            } catch (RuntimeException judged) {
                place = place + ", which ended with " + judged;
            }
        }
    }

    /** Closes communicators and memory in the order opposite to their making; then the device. */
    @Override
    public void close() {
        finishQueue();
        List<RuntimeException> errors = new ArrayList<>();
        while (!owned.isEmpty()) {
            try {
                owned.pop().close();
            } catch (RuntimeException error) {
                errors.add(error);
            } catch (Exception error) {
                errors.add(new IllegalStateException(error));
            }
        }
        joined = null;
        Accelerator opened = device;
        device = null;
        // Memory that a communicator keeps is what a rule of its own looks for.
        if (opened != null && opened.usage().liveBytes() == 0) {
            opened.close();
        }
        if (!errors.isEmpty()) {
            throw errors.getFirst();
        }
    }
}
