package dev.javelin.engine.run;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.engine.Fixtures;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The CPU as a device whose copies run beside its compute queue, without threads: nothing is done until the host waits,
 * and then the queues go on in an order of the test's choice, held back by nothing but the events that they await. So all
 * orders that a real device might take can be had, one after the other, and always the same.
 */
public class QueuedDevice implements Accelerator {
    private final Accelerator cpu = Fixtures.device();
    private final Map<QueueRole, Queue> queues = new EnumMap<>(QueueRole.class);
    private final Order order;
    private final Set<QueueRole> heedless = EnumSet.noneOf(QueueRole.class);
    /** What was done, in order: {@code kernel}, {@code copy}, {@code to device}, {@code to host}, {@code fill}. */
    private final List<String> done = new ArrayList<>();

    /** Which of the queues that may go on does. */
    public interface Order {
        Queue next(List<Queue> ready);
    }

    /** Queues in an order of chance. */
    public static Order shuffled(long seed) {
        Random random = new Random(seed);
        return ready -> ready.get(random.nextInt(ready.size()));
    }

    /** A queue goes on whenever it may. */
    public static Order first(QueueRole role) {
        return ready -> ready.stream().filter(q -> q.role == role).findFirst().orElse(ready.getFirst());
    }

    /** A queue goes on only if no other may. */
    public static Order last(QueueRole role) {
        return ready -> ready.stream().filter(q -> q.role != role).findFirst().orElse(ready.getFirst());
    }

    public QueuedDevice(Order order) {
        this.order = order;
        for (QueueRole role : QueueRole.values()) {
            queues.put(role, new Queue(role));
        }
    }

    /** From now on a queue awaits no event, as if its enqueuer had forgotten to ask for it. */
    public QueuedDevice heedless(QueueRole role) {
        heedless.add(role);
        return this;
    }

    /** What was done since the last call. */
    public List<String> done() {
        List<String> all = List.copyOf(done);
        done.clear();
        return all;
    }

    /** Plans as the CPU does, with queues for copies. */
    public static DevicePlanner plans() {
        return new Planner(Fixtures.planner());
    }

    private record Planner(DevicePlanner cpu) implements DevicePlanner {
        @Override
        public String name() {
            return "queued";
        }

        @Override
        public Set<DType> dtypes() {
            return cpu.dtypes();
        }

        @Override
        public long alignmentBytes() {
            return cpu.alignmentBytes();
        }

        @Override
        public long memoryBytes() {
            return cpu.memoryBytes();
        }

        @Override
        public Rates rates() {
            return cpu.rates();
        }

        @Override
        public boolean concurrent(QueueRole role) {
            return role == QueueRole.TO_DEVICE || role == QueueRole.TO_HOST;
        }

        @Override
        public Optional<KernelPlan> plan(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
            return cpu.plan(operation, inputs, outputs);
        }
    }

    /** One thing to do on a queue; an event to wait for, or work. */
    private record Task(String what, @Nullable Place place, Runnable work) {
        boolean ready() {
            return place == null || place.passed();
        }
    }

    /** Behind so many tasks of a queue. */
    private record Place(Queue queue, long tasks) {
        boolean passed() {
            return queue.passed >= tasks;
        }
    }

    private final class Event implements DeviceQueue.DeviceEvent {
        private @Nullable Place place;

        @Override
        public void synchronize() {
            if (place != null) {
                runUntil(place);
            }
        }
    }

    /** Tasks in order. */
    public final class Queue implements DeviceQueue {
        private final QueueRole role;
        private final Deque<Task> tasks = new ArrayDeque<>();
        private long enqueued;
        private long passed;

        private Queue(QueueRole role) {
            this.role = role;
        }

        private void add(String what, @Nullable Place place, Runnable work) {
            tasks.add(new Task(what, place, work));
            enqueued++;
        }

        private Place end() {
            return new Place(this, enqueued);
        }

        private void step() {
            Task task = tasks.remove();
            task.work.run();
            if (!task.what.isEmpty()) {
                done.add(task.what);
            }
            passed++;
        }

        @Override
        public Accelerator device() {
            return QueuedDevice.this;
        }

        @Override
        public DeviceEvent record() {
            Event event = new Event();
            record(event);
            return event;
        }

        @Override
        public void record(DeviceEvent event) {
            ((Event) event).place = end();
        }

        @Override
        public void await(DeviceEvent event) {
            Place place = ((Event) event).place;
            if (place != null && !heedless.contains(role)) {
                add("", place, () -> {});
            }
        }

        @Override
        public void synchronize() {
            runUntil(end());
        }

        @Override
        public void run(Runnable task) {
            add("task", null, task);
        }
    }

    private void runUntil(Place place) {
        while (!place.passed()) {
            List<Queue> ready = queues.values().stream()
                    .filter(queue ->
                            !queue.tasks.isEmpty() && queue.tasks.peek().ready())
                    .toList();
            order.next(ready).step();
        }
    }

    private static void add(DeviceQueue queue, String what, Runnable work) {
        ((Queue) queue).add(what, null, work);
    }

    private DeviceQueue direct() {
        return cpu.queue(QueueRole.COMPUTE);
    }

    @Override
    public DevicePlanner planner() {
        return plans();
    }

    @Override
    public DeviceMemory allocate(long bytes, String purpose) {
        return cpu.allocate(bytes, purpose);
    }

    @Override
    public Usage usage() {
        return cpu.usage();
    }

    @Override
    public DeviceQueue.DeviceEvent event() {
        return new Event();
    }

    @Override
    public DeviceQueue queue(QueueRole role) {
        return queues.get(role);
    }

    @Override
    public Kernel prepare(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        Kernel kernel = cpu.prepare(operation, inputs, outputs);
        return (queue, from, to, workspace) -> add(queue, "kernel", () -> kernel.launch(direct(), from, to, workspace));
    }

    @Override
    public void copyToDevice(DeviceQueue queue, MemorySegment source, long address) {
        String what = ((Queue) queue).role == QueueRole.COMPUTE ? "scalar" : "to device";
        add(queue, what, () -> cpu.copyToDevice(direct(), source, address));
    }

    @Override
    public void copyToHost(DeviceQueue queue, long address, MemorySegment target) {
        add(queue, "to host", () -> cpu.copyToHost(direct(), address, target));
    }

    @Override
    public void copy(DeviceQueue queue, long source, long target, long bytes) {
        add(queue, "copy", () -> cpu.copy(direct(), source, target, bytes));
    }

    @Override
    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
        add(queue, "fill", () -> cpu.fill(direct(), address, bytes, value));
    }

    @Override
    public void close() {
        cpu.close();
    }
}
