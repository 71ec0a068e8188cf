package dev.javelin.engine.run;

import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Print;
import dev.javelin.engine.Compilation;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The programs of a session, ready to be launched: with kernels, addresses and, while steps are profiled, a recording. */
final class Programs implements AutoCloseable {
    /** Looks at no launch. */
    static final Consumer<LaunchList.Launch> NOTHING = launch -> {};

    private final Accelerator accelerator;
    private final SessionOptions options;
    private final DeviceMemory temporaries;
    private final DeviceQueue queue;
    private final Map<String, LaunchList> lists = new HashMap<>();
    private @Nullable Recording recording;
    private MemorySegment window = MemorySegment.NULL;
    private boolean stale = true;
    private boolean failed;

    /**
     * @param resident address of the resident memory
     * @param temporaries memory of their own, which stays the session's
     * @param collectives of this rank; null for one rank
     */
    Programs(
            Compilation compilation,
            Accelerator accelerator,
            SessionOptions options,
            long resident,
            DeviceMemory temporaries,
            @Nullable Collectives collectives) {
        this.accelerator = accelerator;
        this.options = options;
        this.temporaries = temporaries;
        queue = accelerator.queue(QueueRole.COMPUTE);
        compilation
                .programs()
                .forEach((name, placement) -> lists.put(
                        name,
                        new LaunchList(
                                placement,
                                compilation.slots(),
                                accelerator,
                                resident,
                                temporaries.address(),
                                collectives)));
    }

    /** From now on, notes when queues and host begin and end what; null ends that. */
    void record(@Nullable Recording spans) {
        recording = spans;
    }

    /** Work of the host, noted while there is a recording. */
    void host(String what, Runnable work) {
        Recording now = recording;
        if (now == null) {
            work.run();
        } else {
            now.host(what, work);
        }
    }

    /** Work of a queue besides programs, noted while there is a recording. */
    void enqueue(QueueRole role, Recording.Queued what, Runnable work) {
        Recording now = recording;
        if (now == null) {
            work.run();
        } else {
            now.enqueue(accelerator.queue(role), role, what, work);
        }
    }

    /** Parameters were written from outside: those kept for products are converted again before the next launch. */
    void parametersWritten() {
        stale = true;
    }

    /**
     * Enqueues a program on the queues of the device.
     *
     * @param after called after each launch, when its work is done; {@link #NOTHING} for none
     */
    void launch(String program, Consumer<LaunchList.Launch> after) {
        if (options.poison()) {
            accelerator.fill(queue, temporaries.address(), temporaries.bytes(), (byte) 0xFF);
        }
        LaunchList list = Objects.requireNonNull(lists.get(program), program);
        deriveWeights();
        Recording now = after == NOTHING ? recording : null;
        guarded(() -> {
            if (now == null) {
                list.run(this::print, after == NOTHING ? null : after, null);
            } else {
                now.around(program, () -> {
                    list.run(this::print, null, now);
                    now.settle(queue);
                });
            }
        });
    }

    /** Work on the device, or waiting for it, whose failure the other ranks must hear of. */
    void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            failed = true;
            if (options.team() != null) {
                options.team().communicator().abort("rank " + options.team().rank() + " failed: " + e);
            }
            throw e;
        }
    }

    /** Whether anything {@link #guarded} has failed. */
    boolean failed() {
        return failed;
    }

    private void deriveWeights() {
        LaunchList list = lists.get(Compilation.WEIGHTS);
        if (stale && list != null) {
            list.run(this::print, null, null);
            queue.synchronize();
        }
        stale = false;
    }

    private void print(Print print, LaunchList.Launch launch) {
        TensorType type = launch.instruction().inputs().getFirst().type();
        options.printer().accept(print.label() + ": " + Numbers.text(copy(launch.inputs()[0], type), type));
    }

    /** A look at device memory; valid until the next call. */
    MemorySegment copy(long address, TensorType type) {
        if (window.byteSize() < type.bytes()) {
            window = Arena.ofAuto().allocate(type.bytes(), 64);
        }
        MemorySegment host = window.asSlice(0, type.bytes());
        accelerator.copyToHost(queue, address, host);
        queue.synchronize();
        return host;
    }

    /** Gives events back; nothing may be under way. */
    @Override
    public void close() {
        lists.values().forEach(LaunchList::close);
    }
}
