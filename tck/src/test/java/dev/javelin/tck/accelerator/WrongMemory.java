package dev.javelin.tck.accelerator;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Doubles for the rules on memory, its limits and what is left of it. */
final class WrongMemory {
    private static final long BLOCK = 65_536;

    private WrongMemory() {}

    static List<Wrong> all() {
        return Stream.of(given(), counted(), ends()).flatMap(List::stream).toList();
    }

    /** Does what another memory does; doubles override. */
    private static class Wrapped implements DeviceMemory {
        final DeviceMemory memory;

        Wrapped(DeviceMemory memory) {
            this.memory = memory;
        }

        @Override
        public long address() {
            return memory.address();
        }

        @Override
        public long bytes() {
            return memory.bytes();
        }

        @Override
        public void close() {
            memory.close();
        }
    }

    private static List<Wrong> given() {
        return List.of(
                Wrong.device("ACC-301", "small memory in the middle of a line", p -> new SoundAccelerator(p) {
                    @Override
                    public DeviceMemory allocate(long bytes, String purpose) {
                        DeviceMemory memory = super.allocate(bytes, purpose);
                        return new Wrapped(memory) {
                            @Override
                            public long address() {
                                return bytes == 1 ? memory.address() + 8 : memory.address();
                            }
                        };
                    }
                }),
                Wrong.device("ACC-304", "nothing is no size", p -> new SoundAccelerator(p) {
                    private int asked;

                    @Override
                    public DeviceMemory allocate(long bytes, String purpose) {
                        // the bench itself begins with none
                        if (bytes == 0 && asked++ > 0) {
                            throw new JavelinException("JVL-MEM-0002", "0 bytes", "ask for some");
                        }
                        return super.allocate(bytes, purpose);
                    }
                }),
                Wrong.device("ACC-305", "a negative size is taken for none", p -> new SoundAccelerator(p) {
                    @Override
                    public DeviceMemory allocate(long bytes, String purpose) {
                        return super.allocate(Math.max(bytes, 0), purpose);
                    }
                }),
                Wrong.device(
                        "ACC-306", "a pool that gives a piece again while it is open", p -> new SoundAccelerator(p) {
                            private @Nullable DeviceMemory open;

                            @Override
                            public DeviceMemory allocate(long bytes, String purpose) {
                                DeviceMemory memory = super.allocate(bytes, purpose);
                                DeviceMemory before = open;
                                open = memory;
                                return bytes == 0 || before == null || before.bytes() < bytes || before.bytes() > 700
                                        ? memory
                                        : new Wrapped(memory) {
                                            @Override
                                            public long address() {
                                                return before.address();
                                            }
                                        };
                            }
                        }),
                Wrong.device(
                                "ACC-307",
                                "fills leave out what lies behind the last whole block",
                                p -> new SoundAccelerator(p) {
                                    @Override
                                    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
                                        super.fill(
                                                queue, address, bytes < BLOCK ? bytes : bytes / BLOCK * BLOCK, value);
                                    }
                                })
                        .also("ACC-410"));
    }

    private static List<Wrong> counted() {
        return List.of(
                Wrong.device("ACC-302", "usage in pages", p -> new SoundAccelerator(p) {
                    @Override
                    public Usage usage() {
                        Usage usage = super.usage();
                        return new Usage(usage.liveBytes(), (usage.peakBytes() + 63) / 64 * 64);
                    }
                }),
                Wrong.device("ACC-303", "a second close is counted too", p -> new SoundAccelerator(p) {
                    private long lost;

                    @Override
                    public DeviceMemory allocate(long bytes, String purpose) {
                        return new Wrapped(super.allocate(bytes, purpose)) {
                            private boolean closed;

                            @Override
                            public void close() {
                                if (closed) {
                                    lost += bytes;
                                }
                                closed = true;
                                super.close();
                            }
                        };
                    }

                    @Override
                    public Usage usage() {
                        Usage usage = super.usage();
                        return new Usage(usage.liveBytes() - lost, usage.peakBytes());
                    }
                }),
                Wrong.device("ACC-308", "host memory is adopted and never released", p -> new SoundAccelerator(p) {
                    @Override
                    public DeviceMemory adopt(long address, long bytes, String purpose, Runnable release) {
                        return new Moved(cpu().adopt(address, bytes, purpose, () -> {}));
                    }
                }));
    }

    private static List<Wrong> ends() {
        return List.of(
                Wrong.device("ACC-321", "out of memory, and no more", p -> new SoundAccelerator(p) {
                    @Override
                    public DeviceMemory allocate(long bytes, String purpose) {
                        try {
                            return super.allocate(bytes, purpose);
                        } catch (JavelinException error) {
                            throw bytes < 0
                                    ? error
                                    : new JavelinException(error.code(), "out of memory, none is free", "buy more");
                        }
                    }
                }),
                Wrong.device("ACC-322", "what was refused is counted", p -> new SoundAccelerator(p) {
                    private long counted;

                    @Override
                    public DeviceMemory allocate(long bytes, String purpose) {
                        try {
                            return super.allocate(bytes, purpose);
                        } catch (JavelinException error) {
                            counted += Math.max(0, bytes);
                            throw error;
                        }
                    }

                    @Override
                    public Usage usage() {
                        Usage usage = super.usage();
                        return new Usage(usage.liveBytes() + counted, usage.peakBytes());
                    }
                }),
                Wrong.provider("ACC-323", "an opened planner that knows another limit", () -> new SoundProvider() {
                    @Override
                    SoundAccelerator device() {
                        return new SoundAccelerator(
                                new SoundPlanner(OnCpu.provider("cpu").planner(options())) {
                                    @Override
                                    public long memoryBytes() {
                                        return super.memoryBytes() + (64L << 20);
                                    }
                                });
                    }
                }),
                Wrong.device("ACC-324", "leaks are let go in silence", p -> new SoundAccelerator(p) {
                    private final List<DeviceMemory> given = new ArrayList<>();

                    @Override
                    public DeviceMemory allocate(long bytes, String purpose) {
                        DeviceMemory memory = super.allocate(bytes, purpose);
                        given.add(memory);
                        return memory;
                    }

                    @Override
                    public void close() {
                        given.forEach(DeviceMemory::close);
                        super.close();
                    }
                }),
                Wrong.device("ACC-325", "a closed device gives queues", p -> new SoundAccelerator(p) {
                    private final DeviceQueue kept = super.queue(QueueRole.COMPUTE);

                    @Override
                    public DeviceQueue queue(QueueRole role) {
                        return role == QueueRole.COMPUTE ? kept : super.queue(role);
                    }
                }),
                Wrong.device("ACC-326", "staging for each fill, kept for ever", p -> new SoundAccelerator(p) {
                    @Override
                    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
                        Arena.global().allocate(bytes).fill(value);
                        super.fill(queue, address, bytes, value);
                    }
                }),
                Wrong.device("ACC-327", "threads stay behind", p -> new SoundAccelerator(p) {
                    @Override
                    public void close() {
                        Thread.ofPlatform().daemon().name("left").start(() -> {
                            try {
                                Thread.sleep(60_000);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
                        super.close();
                    }
                }));
    }
}
