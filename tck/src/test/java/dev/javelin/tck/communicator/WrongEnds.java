package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** Doubles for the chapters on ends and on resources. */
final class WrongEnds {
    private static final int STALL_MILLIS = 6_000;

    private WrongEnds() {}

    /** A board that knows who aborted. */
    private static class Aborted extends Board {
        volatile int aborter = -1;

        Aborted(int size, java.util.function.IntFunction<Board> maker) {
            super(size, maker);
        }

        @Override
        synchronized void abort(int rank, String reason) {
            aborter = rank;
            super.abort(rank, reason);
        }
    }

    static List<Wrong> ends() {
        return List.of(
                Wrong.board(
                        "COM-901",
                        "abort does not reach the rank's own call",
                        (size, maker) -> new Aborted(size, maker) {
                            @Override
                            boolean reaches(int rank) {
                                return aborter != rank;
                            }
                        }),
                Wrong.board("COM-902", "abort does not reach the others", (size, maker) -> new Aborted(size, maker) {
                            @Override
                            boolean reaches(int rank) {
                                return aborter < 0 || aborter == rank;
                            }
                        })
                        .also("COM-901", "COM-907"),
                Wrong.board("COM-903", "calls go on behind an abort", (size, maker) -> new Aborted(size, maker) {
                    private final Set<Thread> late = ConcurrentHashMap.newKeySet();

                    @Override
                    void requireSound() {
                        if (aborter < 0) {
                            super.requireSound();
                        } else {
                            late.add(Thread.currentThread());
                        }
                    }

                    @Override
                    boolean reaches(int rank) {
                        return !late.contains(Thread.currentThread());
                    }
                }),
                Wrong.world("COM-904", "close waits for the others", (sound, seat) -> new Wrapper(sound) {
                    private final Set<Integer> gone =
                            seat.shared("gone", ConcurrentSet.class, ConcurrentSet::new).ranks;

                    @Override
                    public void close() {
                        super.close();
                        gone.add(rank());
                        long end = System.nanoTime() + STALL_MILLIS * 1_000_000L;
                        while (gone.size() < size() && System.nanoTime() < end) {
                            LockSupport.parkNanos(1_000_000);
                        }
                    }
                }),
                Wrong.world("COM-905", "a second close is an error", s -> new Wrapper(s) {
                            private boolean closed;

                            @Override
                            public void close() {
                                if (closed) {
                                    throw new IllegalStateException("closed already");
                                }
                                closed = true;
                                super.close();
                            }
                        })
                        .also("COM-904", "COM-906", "COM-908"),
                Wrong.world("COM-906", "a barrier behind a close is passed", s -> new Wrapper(s) {
                    private boolean closed;

                    @Override
                    public void barrier(Call call) {
                        if (!closed) {
                            super.barrier(call);
                        }
                    }

                    @Override
                    public void close() {
                        closed = true;
                        super.close();
                    }
                }),
                Wrong.world("COM-907", "abort keeps its reason to itself", s -> new Wrapper(s) {
                    @Override
                    public void abort(String reason) {
                        super.abort("");
                    }
                }),
                Wrong.world("COM-908", "a second abort is an error", s -> new Wrapper(s) {
                    private boolean aborted;

                    @Override
                    public void abort(String reason) {
                        if (aborted) {
                            throw new IllegalStateException("aborted already");
                        }
                        aborted = true;
                        super.abort(reason);
                    }
                }),
                Wrong.provider("COM-909", "who aborted once is not let in again", () -> new ReferenceProvider() {
                    private volatile boolean failed;

                    @Override
                    Communicator wrapped(Communicator sound, Seat seat) {
                        if (failed) {
                            throw Board.ended("a world has failed before");
                        }
                        return new Wrapper(sound) {
                            @Override
                            public void abort(String reason) {
                                failed = true;
                                super.abort(reason);
                            }
                        };
                    }
                }));
    }

    /** A class of its own, because a seat shares objects by class. */
    static final class ConcurrentSet {
        final Set<Integer> ranks = ConcurrentHashMap.newKeySet();
    }

    static List<Wrong> resources() {
        List<Wrong> all = new ArrayList<>(List.of(
                Wrong.world("COM-951", "memory begins where it likes", s -> new Wrapper(s) {
                    @Override
                    public DeviceMemory allocate(Accelerator accelerator, long bytes, String purpose) {
                        return new Moved(super.allocate(accelerator, bytes + 8, purpose), 8);
                    }
                }),
                Wrong.world("COM-952", "the same memory is given twice", s -> new Wrapper(s) {
                    private DeviceMemory first;

                    @Override
                    public DeviceMemory allocate(Accelerator accelerator, long bytes, String purpose) {
                        if (bytes != 1152) {
                            return super.allocate(accelerator, bytes, purpose);
                        }
                        first = first == null ? super.allocate(accelerator, bytes, purpose) : first;
                        return first;
                    }
                }),
                Wrong.provider("COM-955", "a connection is left open", () -> new ReferenceProvider() {
                            @Override
                            Communicator wrapped(Communicator sound, Seat seat) {
                                if (seat.size() > 1 && seat.rank() < 2) {
                                    seat.connect(1 - seat.rank(), "forgotten");
                                }
                                return sound;
                            }
                        })
                        .also("COM-954"),
                Wrong.provider("COM-956", "one scratch buffer for all worlds", () -> new ReferenceProvider() {
                    private final Set<Object> worlds = Collections.synchronizedSet(new java.util.HashSet<>());

                    @Override
                    Communicator wrapped(Communicator sound, Seat seat) {
                        Object world = seat.shared("world", Object.class, Object::new);
                        worlds.add(world);
                        return new Wrapper(sound) {
                            @Override
                            public void allReduce(Call call, long buffer, long elements, DType dtype) {
                                super.allReduce(call, buffer, elements, dtype);
                                if (worlds.size() > 1 && elements >= 100) {
                                    behind(call, () -> Raw.flip(buffer));
                                }
                            }

                            @Override
                            public void close() {
                                worlds.remove(world);
                                super.close();
                            }
                        };
                    }
                }),
                Wrong.world("COM-957", "a rank is a thread", s -> new Wrapper(s) {
                    private Thread first;

                    @Override
                    public void allGather(Call call, long shard, long full, long bytes) {
                        first = first == null ? Thread.currentThread() : first;
                        if (first != Thread.currentThread()) {
                            throw new JavelinException("JVL-COM-0001", "another thread", "call from the first");
                        }
                        super.allGather(call, shard, full, bytes);
                    }
                })));
        all.addAll(leaks());
        return all;
    }

    /** Doubles that only show when nothing else runs. */
    static List<Wrong> leaks() {
        return List.of(
                Wrong.world("COM-953", "a thread goes on", s -> {
                    Thread.ofPlatform()
                            .daemon()
                            .name("left over")
                            .start(() -> LockSupport.parkNanos(STALL_MILLIS * 2_000_000L));
                    return s;
                }),
                Wrong.provider("COM-954", "a file stays open", () -> new ReferenceProvider() {
                    private final List<FileChannel> open = new ArrayList<>();

                    @Override
                    synchronized Communicator wrapped(Communicator sound, Seat seat) {
                        try {
                            open.add(FileChannel.open(Path.of("/dev/null")));
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                        return sound;
                    }
                }));
    }

    /** Memory that begins later. */
    private record Moved(DeviceMemory memory, long by) implements DeviceMemory {
        @Override
        public long address() {
            return memory.address() + by;
        }

        @Override
        public long bytes() {
            return memory.bytes() - by;
        }

        @Override
        public void close() {
            memory.close();
        }
    }
}
