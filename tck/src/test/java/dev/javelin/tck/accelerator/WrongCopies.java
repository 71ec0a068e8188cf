package dev.javelin.tck.accelerator;

import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.HostMemory;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Doubles for the rules on copies. */
final class WrongCopies {
    private WrongCopies() {}

    static List<Wrong> all() {
        return List.of(
                Wrong.device("ACC-401", "host to device in words, beyond the end", p -> new SoundAccelerator(p) {
                    @Override
                    public void copyToDevice(DeviceQueue queue, MemorySegment source, long address) {
                        super.copyToDevice(queue, source, address);
                        if (source.byteSize() == 17) {
                            super.fill(queue, address + 17, 3, (byte) 0);
                        }
                    }
                }),
                Wrong.device("ACC-402", "device to host leaves out odd ends", p -> new SoundAccelerator(p) {
                            @Override
                            public void copyToHost(DeviceQueue queue, long address, MemorySegment target) {
                                long bytes = target.byteSize();
                                super.copyToHost(
                                        queue, address, target.asSlice(0, bytes % 128 == 1 ? bytes - 1 : bytes));
                            }
                        })
                        .also("ACC-307", "ACC-411"),
                Wrong.device(
                                "ACC-403",
                                "within the device, from aligned addresses alone",
                                p -> new SoundAccelerator(p) {
                                    @Override
                                    public void copy(DeviceQueue queue, long source, long target, long bytes) {
                                        super.copy(queue, source / 4 * 4, target, bytes);
                                    }
                                })
                        .also("ACC-407"),
                Wrong.device("ACC-404", "fills of whole words", p -> new SoundAccelerator(p) {
                            @Override
                            public void fill(DeviceQueue queue, long address, long bytes, byte value) {
                                super.fill(queue, address, (bytes + 3) / 4 * 4, value);
                            }
                        })
                        .also("ACC-407"),
                Wrong.device("ACC-405", "memory of a confined arena is refused", p -> new SoundAccelerator(p) {
                    @Override
                    public void copyToDevice(DeviceQueue queue, MemorySegment source, long address) {
                        boolean confined = source.isNative()
                                && source.isAccessibleBy(Thread.currentThread())
                                && !source.isAccessibleBy(new Thread(() -> {}));
                        if (confined && source.byteSize() == 96) {
                            throw new WrongThreadException("not this thread's");
                        }
                        super.copyToDevice(queue, source, address);
                    }
                }),
                Wrong.device("ACC-406", "nothing is taken for a mistake", p -> new SoundAccelerator(p) {
                    @Override
                    public void copy(DeviceQueue queue, long source, long target, long bytes) {
                        if (bytes == 0) {
                            throw new IllegalArgumentException("0 bytes");
                        }
                        super.copy(queue, source, target, bytes);
                    }
                }),
                Wrong.device("ACC-407", "short fills overtake", p -> new SoundAccelerator(p) {
                    @Override
                    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
                        if (bytes < 900) {
                            synchronized (cpu()) {
                                cpu().fill(direct(), address - OWN, bytes, value);
                            }
                        } else {
                            super.fill(queue, address, bytes, value);
                        }
                    }
                }),
                Wrong.device(
                        "ACC-408",
                        "large native sources are read when the next copy comes",
                        p -> new SoundAccelerator(p) {
                            private Runnable late = () -> {};

                            @Override
                            public void copyToDevice(DeviceQueue queue, MemorySegment source, long address) {
                                late.run();
                                late = () -> {};
                                if (source.isNative() && source.byteSize() > 200_000) {
                                    late = () -> super.copyToDevice(queue, source, address);
                                } else {
                                    super.copyToDevice(queue, source, address);
                                }
                            }

                            @Override
                            public void copy(DeviceQueue queue, long source, long target, long bytes) {
                                late.run();
                                late = () -> {};
                                super.copy(queue, source, target, bytes);
                            }
                        }),
                Wrong.device("ACC-409", "fills on one queue alone", p -> new SoundAccelerator(p) {
                    @Override
                    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
                        if (queue != queue(QueueRole.TO_HOST)) {
                            super.fill(queue, address, bytes, value);
                        }
                    }
                }),
                Wrong.device("ACC-410", "large copies lose what lies behind a border", p -> new SoundAccelerator(p) {
                    @Override
                    public void copyToHost(DeviceQueue queue, long address, MemorySegment target) {
                        super.copyToHost(queue, address, target);
                        if (target.byteSize() > 100_000 && target.byteSize() < 200_000) {
                            queue.run(() -> target.set(ValueLayout.JAVA_BYTE, 65_537, (byte) 0x11));
                        }
                    }
                }),
                Wrong.device("ACC-411", "host memory counts as the device's", p -> new SoundAccelerator(p) {
                    private long pinned;

                    @Override
                    public HostMemory hostMemory(long bytes, String purpose) {
                        pinned += bytes;
                        return super.hostMemory(bytes, purpose);
                    }

                    @Override
                    public Usage usage() {
                        Usage usage = super.usage();
                        return new Usage(usage.liveBytes() + pinned, usage.peakBytes());
                    }
                }));
    }
}
