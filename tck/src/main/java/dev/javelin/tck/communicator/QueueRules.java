package dev.javelin.tck.communicator;

import static dev.javelin.tck.communicator.Numbered.must;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.tck.Rule;
import dev.javelin.tck.communicator.Exercise.Form;
import dev.javelin.tck.communicator.Exercise.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A call is work on its queue. */
final class QueueRules {
    private static final long BYTES = 4_000;

    private QueueRules() {}

    static List<Rule<CommunicatorSubject>> rules() {
        return List.of(
                must(
                        "COM-301",
                        "A call comes behind all work that its queue was given before.",
                        "Kernels write what it sends, and nobody waits for them on the host.",
                        subject -> subject.once(QueueRules::behind)),
                must(
                        "COM-302",
                        "Work that a queue is given behind a call comes behind it, on other queues by events.",
                        "Kernels read what it brought, and nobody waits for it on the host.",
                        subject -> subject.once(QueueRules::before)),
                must(
                        "COM-303",
                        "Calls on a queue come one behind the other, each reading what the one before has written.",
                        "Reduce-scatter, update and gather follow each other without a host in between.",
                        subject -> subject.once(QueueRules::chain)),
                must(
                                "COM-304",
                                "On a queue that runs beside its caller, a call returns before its turn has come.",
                                "The host goes on to issue the kernels that hide the communication.",
                                subject -> subject.soon(List.of(QueueRules::returns)))
                        .unless(QueueRules::inline),
                must(
                        "COM-305",
                        "A call may be made on any queue of the device.",
                        "With one thread to a rank, communication runs on the compute queue.",
                        subject -> subject.once(QueueRules::anyQueue)),
                must(
                                "COM-306",
                                "Sends to one peer are received in the order in which they were made.",
                                "Micro-batches of a pipeline have no names, only an order.",
                                subject -> subject.once(QueueRules::sends))
                        .unless(CommunicatorSubject::alone));
    }

    private static Optional<String> inline(CommunicatorSubject subject) {
        try (var device = subject.device().opener().apply(0)) {
            return device.planner().concurrent(QueueRole.COMMUNICATION)
                    ? Optional.empty()
                    : Optional.of("no queue of the device runs beside its caller");
        }
    }

    /** Keeps a queue that runs beside its caller busy until it is let go. */
    private static CountDownLatch plug(Workbench bench) {
        CountDownLatch plug = new CountDownLatch(1);
        if (bench.device().planner().concurrent(QueueRole.COMMUNICATION)) {
            long patience = bench.extent().patienceMillis();
            bench.queue().run(() -> {
                try {
                    plug.await(patience, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        return plug;
    }

    private static byte[] filled(int rank, long count) {
        byte[] bytes = new byte[Math.toIntExact(count)];
        Arrays.fill(bytes, (byte) (rank + 1));
        return bytes;
    }

    private static void requireParts(Workbench bench, Buffer full) {
        for (int r = 0; r < bench.size(); r++) {
            boolean same = Arrays.equals(filled(r, BYTES), full.read(r * BYTES, BYTES));
            bench.require(same, "part " + r + " is not what its rank had last written", "that");
        }
    }

    private static long behind(Workbench bench) {
        Communicator world = bench.join();
        Buffer shard = bench.buffer(BYTES);
        Buffer full = bench.buffer(bench.size() * BYTES);
        bench.at("allGather behind a fill");
        CountDownLatch plug = plug(bench);
        bench.device().fill(bench.queue(), shard.address(), BYTES, (byte) (bench.rank() + 1));
        bench.later(bench.extent().holdMillis() / 4, plug::countDown);
        world.allGather(bench.call(), shard.address(), full.address(), BYTES);
        bench.settle();
        requireParts(bench, full);
        return 1;
    }

    private static long before(Workbench bench) {
        Communicator world = bench.join();
        Buffer shard = bench.buffer(BYTES);
        Buffer full = bench.buffer(bench.size() * BYTES);
        Buffer copy = bench.buffer(full.bytes());
        Buffer other = bench.buffer(full.bytes());
        shard.write(filled(bench.rank(), BYTES));
        bench.at("allGather before a copy");
        DeviceQueue compute = bench.device().queue(QueueRole.COMPUTE);
        world.allGather(bench.call(), shard.address(), full.address(), BYTES);
        bench.device().copy(bench.queue(), full.address(), copy.address(), full.bytes());
        compute.await(bench.queue().record());
        bench.device().copy(compute, full.address(), other.address(), full.bytes());
        compute.synchronize();
        bench.settle();
        requireParts(bench, copy);
        requireParts(bench, other);
        return 1;
    }

    private static long chain(Workbench bench) {
        Communicator world = bench.join();
        int size = bench.size();
        Buffer first = bench.buffer(BYTES);
        Buffer all = bench.buffer(size * BYTES);
        Buffer turned = bench.buffer(size * BYTES);
        first.write(filled(bench.rank(), BYTES));
        bench.at("allGather, broadcast, allToAll");
        CountDownLatch plug = plug(bench);
        world.allGather(bench.call(), first.address(), all.address(), BYTES);
        // The root's second part is what it has just gathered.
        world.broadcast(bench.call(), all.address() + (size - 1) * BYTES, BYTES, 0);
        bench.device().fill(bench.queue(), all.address(), BYTES, (byte) (size - bench.rank()));
        world.broadcast(bench.call(), all.address(), BYTES, size - 1);
        world.allToAll(bench.call(), all.address(), turned.address(), BYTES);
        plug.countDown();
        bench.settle();
        byte[] expected = bench.rank() == 0 ? filled(0, BYTES) : filled(bench.rank(), BYTES);
        for (int r = 0; r < size; r++) {
            boolean same = Arrays.equals(expected, turned.read(r * BYTES, BYTES));
            bench.require(same, "part " + r + " is not what the calls before have written", "that");
        }
        return 4;
    }

    private static long returns(Workbench bench) {
        Communicator world = bench.join();
        Buffer buffer = bench.buffer(BYTES);
        buffer.write(Data.elements(DType.FLOAT32, 1, bench.rank(), 0, BYTES / 4));
        bench.meet();
        CountDownLatch plug = plug(bench);
        bench.at("broadcast on a busy queue");
        long begin = System.nanoTime();
        world.broadcast(bench.call(), buffer.address(), BYTES, 0);
        long millis = (System.nanoTime() - begin) / 1_000_000;
        plug.countDown();
        bench.settle();
        bench.require(
                millis < bench.extent().patienceMillis() * 3 / 4,
                "the call returned after " + millis + " ms, when its queue was let go",
                "to return at once");
        return 1;
    }

    private static long anyQueue(Workbench bench) {
        Communicator world = bench.join();
        long calls = 0;
        for (QueueRole role : List.of(QueueRole.COMPUTE, QueueRole.COMMUNICATION, QueueRole.COMPUTE)) {
            for (Kind kind : Kind.values()) {
                Exercise exercise = Exercise.prepare(bench, world, Form.of(kind, 30, 1));
                DeviceQueue queue = bench.device().queue(role);
                exercise.enqueue(new Call(queue, bench.call().ticket()));
                queue.synchronize();
                exercise.verify();
                calls++;
            }
        }
        return calls;
    }

    private static long sends(Workbench bench) {
        Communicator world = bench.join();
        int messages = 20;
        Buffer buffer = bench.buffer(messages * BYTES);
        bench.at(messages + " sends behind each other");
        if (bench.rank() == 0) {
            buffer.write(Data.bytes(1, 0, 0, messages * BYTES));
        }
        for (int i = 0; i < messages; i++) {
            Call call = bench.call();
            if (bench.rank() == 0) {
                world.send(call, buffer.address() + i * BYTES, BYTES, 1);
            } else if (bench.rank() == 1) {
                world.recv(call, buffer.address() + i * BYTES, BYTES, 0);
            }
        }
        bench.settle();
        if (bench.rank() == 1) {
            int at = Arrays.mismatch(Data.bytes(1, 0, 0, messages * BYTES), buffer.read());
            bench.require(at < 0, "message " + at / BYTES + " is another", "the one sent as such");
        }
        return messages;
    }
}
