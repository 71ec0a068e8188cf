package dev.javelin.communicator.local;

import dev.javelin.api.DType;
import dev.javelin.spi.Options;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Communicator.Call;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** A rank in a process of its own, which meets the others by files in a folder. */
final class ProcessRank {
    private ProcessRank() {}

    /** Arguments: folder, rank, size, and {@code sums} or {@code die}. */
    public static void main(String[] args) {
        FolderSeat seat = new FolderSeat(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        try (Accelerator cpu = Devices.open(2);
                Communicator group = new LocalProvider().join(seat, Options.none("communicator.local"));
                DeviceMemory memory = group.allocate(cpu, 1 << 20, "test")) {
            if (args[3].equals("sums")) {
                sums(group, cpu, memory.address());
                System.out.println("sums are right");
            } else {
                oneDies(group, cpu);
            }
        } catch (IllegalStateException e) {
            System.out.println(e.getMessage());
        }
    }

    private static void sums(Communicator group, Accelerator cpu, long buffer) {
        DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
        int[] ranks = IntStream.range(0, group.size()).toArray();
        for (int call = 1; call <= 300; call++) {
            long elements = call % 3 == 0 ? 200_003 : call;
            try (Arena arena = Arena.ofConfined()) {
                Data.fill(buffer, elements, DType.FLOAT32, call, group.rank());
                group.allReduce(new Call(queue, call), buffer, elements, DType.FLOAT32);
                queue.synchronize();
                if (call < 10 || call > 290) {
                    Data.assertBytes(Data.sum(arena, elements, DType.FLOAT32, call, ranks), buffer, "call " + call);
                }
            }
        }
    }

    private static void oneDies(Communicator group, Accelerator cpu) {
        DeviceQueue queue = cpu.queue(QueueRole.COMMUNICATION);
        for (int call = 1; ; call++) {
            if (group.rank() == 1 && call == 100) {
                Runtime.getRuntime().halt(9); // as a killed process ends: nothing is closed
            }
            group.barrier(new Call(queue, call));
            queue.synchronize();
        }
    }

    private record FolderSeat(Path folder, int rank, int size) implements Seat {
        FolderSeat {
            try {
                Files.writeString(
                        folder.resolve("pid " + rank),
                        Long.toString(ProcessHandle.current().pid()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Closeness closeness() {
            return Closeness.PROCESSES;
        }

        @Override
        public void put(String key, byte[] value) {
            try {
                Path half = Files.write(folder.resolve("half " + rank), value);
                Files.move(half, folder.resolve(key), StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public byte[] get(String key) {
            try {
                long since = System.nanoTime();
                while (!Files.exists(folder.resolve(key))) {
                    waiting(since);
                }
                return Files.readAllBytes(folder.resolve(key));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public SocketChannel connect(int peer, String name) {
            throw new IllegalStateException("local needs no connection");
        }

        @Override
        public <T> T shared(String key, Class<T> type, Supplier<T> maker) {
            throw new IllegalStateException("no threads");
        }

        @Override
        public void waiting(long sinceNanos) {
            for (int peer = 0; peer < size; peer++) {
                Path file = folder.resolve("pid " + peer);
                try {
                    String pid = Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
                    if (!pid.isEmpty()
                            && !ProcessHandle.of(Long.parseLong(pid))
                                    .map(ProcessHandle::isAlive)
                                    .orElse(false)) {
                        throw new IllegalStateException("rank " + peer + " is lost");
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
