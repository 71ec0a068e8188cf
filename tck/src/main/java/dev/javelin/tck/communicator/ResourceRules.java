package dev.javelin.tck.communicator;

import static dev.javelin.tck.communicator.Numbered.must;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Binary;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import dev.javelin.tck.communicator.Exercise.Form;
import dev.javelin.tck.communicator.Exercise.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** What a communicator takes and gives back, and what it shares. */
final class ResourceRules {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private ResourceRules() {}

    static List<Rule<CommunicatorSubject>> rules() {
        return List.of(
                must(
                        "COM-951",
                        "Memory of allocate has the size asked for at an aligned address, counts in the device's usage,"
                                + " and is given back when it is closed.",
                        "Predicted and measured bytes of the device are compared exactly.",
                        subject -> subject.each(ResourceRules::memory)),
                must(
                        "COM-952",
                        "Memory of allocate can be filled, copied and computed on by the device.",
                        "Gradients are produced where they are reduced.",
                        subject -> subject.once(ResourceRules::kernels)),
                must(
                                "COM-953",
                                "When all ranks have closed, the threads of the communicator have ended.",
                                "Runs come and go in one JVM.",
                                ResourceRules::threads)
                        .unless(CommunicatorSubject::apart),
                must(
                                "COM-954",
                                "When all ranks have closed, files, sockets and shared memory are given back.",
                                "Runs come and go in one JVM and on one host.",
                                ResourceRules::files)
                        .unless(subject -> Files.isDirectory(DESCRIPTORS)
                                ? Optional.empty()
                                : Optional.of("this operating system does not list open files")),
                must(
                        "COM-955",
                        "Connections made by the seat are closed with the communicator.",
                        "Who asks for a connection owns it.",
                        subject -> subject.once(ResourceRules::connections)),
                must(
                                "COM-956",
                                "Two worlds in one JVM do not touch each other.",
                                "Trainings run side by side; there is no state but the group's.",
                                subject -> subject.all(List.of(side(1), side(2))))
                        .unless(CommunicatorSubject::apart),
                must(
                        "COM-957",
                        "Calls of a rank may come from one thread after another.",
                        "Start, training and saving may be threads of their own.",
                        subject -> subject.once(ResourceRules::handedOver)));
    }

    private static long memory(Workbench bench) {
        Communicator world = bench.join();
        Accelerator device = bench.device();
        long calls = 0;
        for (long bytes : List.of(1L, 1000L, 1L << 20)) {
            bench.at("allocate of " + bytes);
            long before = device.usage().liveBytes();
            try (DeviceMemory memory = world.allocate(device, bytes, "tck")) {
                long alignment = device.planner().alignmentBytes();
                bench.require(memory.bytes() >= bytes, memory.bytes() + " bytes", bytes + " or more");
                bench.requireEqual(0L, memory.address() % alignment, "bytes beside an aligned address:");
                long live = device.usage().liveBytes() - before;
                bench.require(live >= bytes, live + " bytes in the usage", bytes + " or more");
            }
            bench.requireEqual(before, device.usage().liveBytes(), "bytes held behind the close");
            calls++;
        }
        return calls;
    }

    private static long kernels(Workbench bench) {
        Communicator world = bench.join();
        Accelerator device = bench.device();
        DeviceQueue queue = device.queue(QueueRole.COMPUTE);
        long elements = 256;
        Buffer a = bench.buffer(world, elements * 4);
        Buffer b = bench.buffer(world, elements * 4);
        bench.at("fill, copy and add");
        byte[] values = Data.elements(DType.FLOAT32, 1, bench.rank(), 0, elements);
        a.write(values);
        device.copy(queue, a.address(), b.address(), elements * 4);
        TensorType type = TensorType.of(DType.FLOAT32, elements);
        Binary add = new Binary(Binary.Kind.ADD);
        if (device.planner().plan(add, List.of(type, type), List.of(type)).isPresent()) {
            Buffer sum = bench.buffer(world, elements * 4);
            device.prepare(add, List.of(type, type), List.of(type))
                    .launch(queue, new long[] {a.address(), b.address()}, new long[] {sum.address()}, 0);
            queue.synchronize();
            byte[] twice = Tree.sum(DType.FLOAT32, new byte[][] {values, values});
            bench.require(java.util.Arrays.equals(twice, sum.read()), "another sum", "twice the values");
        }
        device.fill(queue, a.address(), 8, (byte) 3);
        queue.synchronize();
        bench.requireEqual((byte) 3, a.read(0, 8)[7], "filled byte");
        bench.require(java.util.Arrays.equals(values, b.read()), "another copy", "the values");
        return 3;
    }

    /** Some work, so that all that is made at first use has been made. */
    private static long work(Workbench bench) {
        Communicator world = bench.join();
        Exercise.once(bench, world, Form.of(Kind.ALL_REDUCE, 3000, 1));
        Exercise.once(bench, world, Form.of(Kind.SEND_RECV, 100, 2).withGiven(true));
        Communicator half = bench.keep(world.split(bench.rank() % 2, 0).orElseThrow());
        Exercise.once(bench, half, Form.of(Kind.ALL_GATHER, 100, 3));
        return 3;
    }

    /** Threads belong to the group of who started them, unless they are told otherwise. */
    private static String threads(CommunicatorSubject subject) {
        ThreadGroup group = new ThreadGroup("tck " + System.nanoTime());
        FutureTask<String> task = new FutureTask<>(() -> subject.once(ResourceRules::work));
        Thread runner = new Thread(group, task, "tck threads");
        runner.setDaemon(true);
        runner.start();
        String figure = get(task);
        long left = settled(subject, () -> group.activeCount() - (runner.isAlive() ? 1 : 0), 0);
        Thread[] alive = new Thread[16];
        int count = group.enumerate(alive);
        Breach.unless(
                left <= 0,
                left + " threads: "
                        + Stream.of(alive).limit(count).map(Thread::getName).toList(),
                "none",
                "behind the close of all ranks");
        return figure;
    }

    private static String get(FutureTask<String> task) {
        try {
            return task.get();
        } catch (java.util.concurrent.ExecutionException e) {
            throw e.getCause() instanceof RuntimeException error ? error : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Stopped();
        }
    }

    /** What is left when it has come down to what is allowed, or when patience is over. */
    private static long settled(CommunicatorSubject subject, LongSupplier count, long allowed) {
        long end = System.nanoTime() + subject.extent().patienceMillis() * 1_000_000;
        long left = count.getAsLong();
        while (left > allowed && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(5_000_000);
            left = count.getAsLong();
        }
        return left;
    }

    /** What one world leaves behind may be for good; what each leaves behind is a leak. */
    private static String files(CommunicatorSubject subject) {
        subject.once(ResourceRules::work);
        long before = open();
        int rounds = subject.extent().rounds();
        for (int i = 0; i < rounds; i++) {
            subject.once(ResourceRules::work);
        }
        long left = settled(subject, ResourceRules::open, before) - before;
        Breach.unless(
                left < rounds,
                left + " more open files and segments than before",
                "none",
                "behind " + rounds + " worlds");
        return rounds + " worlds, " + Math.max(0, left) + " files left";
    }

    private static long open() {
        return entries(DESCRIPTORS) + entries(SHARED_MEMORY);
    }

    private static long entries(Path folder) {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static long connections(Workbench bench) {
        work(bench);
        bench.meet();
        bench.at("close");
        bench.close();
        bench.requireEqual(0L, bench.seat().openConnections(), "open connections");
        return bench.seat().connections();
    }

    private static Part side(long seed) {
        return bench -> {
            Communicator world = bench.join();
            for (int i = 0; i < 50; i++) {
                Exercise.once(bench, world, Form.of(Kind.ALL_REDUCE, 100 + i, seed * 1000 + i));
            }
            return 50;
        };
    }

    private static long handedOver(Workbench bench) {
        for (int i = 0; i < 3; i++) {
            long seed = i;
            FutureTask<String> task = new FutureTask<>(() -> {
                Exercise exercise = Exercise.prepare(bench, bench.join(), Form.of(Kind.ALL_GATHER, 70, seed));
                exercise.enqueue(new Call(bench.queue(), bench.call().ticket()));
                bench.settle();
                exercise.verify();
                return "";
            });
            Thread.ofPlatform().daemon().name("tck hand " + i).start(task);
            get(task);
        }
        return 3;
    }
}
