package dev.javelin.tck.accelerator;

import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.QueueRole;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Doubles for the rules on queues, events, and whose they are. */
final class WrongQueues {
    private static final long GIVES_UP_MILLIS = 350;
    private static final int MOST_TASKS = 450;

    private WrongQueues() {}

    static List<Wrong> all() {
        return Stream.of(orders(), events(), throwing(), owners())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Wrong> orders() {
        return List.of(
                Wrong.device("ACC-501", "a queue for each call, for copies to the host", p -> new SoundAccelerator(p) {
                    @Override
                    public DeviceQueue queue(QueueRole role) {
                        DeviceQueue queue = super.queue(role);
                        return role == QueueRole.TO_HOST ? makeQueue(role) : queue;
                    }
                }),
                Wrong.queue(
                                "ACC-502",
                                "tasks are done by the caller, whatever was enqueued before",
                                device -> new SoundQueue(device) {
                                    @Override
                                    public void run(Runnable task) {
                                        device.requireOpen();
                                        if (!broken()) {
                                            try {
                                                task.run();
                                            } catch (RuntimeException e) {
                                                fail(e);
                                            }
                                        }
                                    }
                                })
                        .also("ACC-508", "ACC-509", "ACC-521", "ACC-523", "ACC-531"),
                Wrong.queue(
                        "ACC-503",
                        "synchronize gives up after a while, and says nothing",
                        device -> new SoundQueue(device) {
                            @Override
                            public void synchronize() {
                                device.requireOpen();
                                joinFor(enqueued(), GIVES_UP_MILLIS);
                            }
                        }),
                Wrong.device("ACC-508", "one thread for all queues", p -> new SoundAccelerator(p) {
                            private SoundQueue only;

                            @Override
                            SoundQueue makeQueue(QueueRole role) {
                                only = role == QueueRole.COMPUTE ? super.makeQueue(role) : only;
                                return only;
                            }
                        })
                        .also("ACC-509", "ACC-524"));
    }

    private static List<Wrong> events() {
        return List.of(
                Wrong.queue(
                        "ACC-504",
                        "an event of an empty queue waits for its first work",
                        device -> new SoundQueue(device) {
                            @Override
                            public DeviceEvent record() {
                                device.requireOpen();
                                return new Mark(this, Math.max(1, enqueued()));
                            }
                        }),
                Wrong.queue("ACC-505", "await does nothing", device -> new SoundQueue(device) {
                            @Override
                            void await(Mark mark) {}
                        })
                        .also("ACC-507", "ACC-510", "ACC-512", "ACC-513", "ACC-523", "ACC-533"),
                Wrong.queue("ACC-506", "an event of its own is refused", device -> new SoundQueue(device) {
                            @Override
                            void await(Mark mark) {
                                if (mark.queue() == this) {
                                    throw new JavelinException("JVL-TCK-0096", "an event of its own", "leave it out");
                                }
                                super.await(mark);
                            }
                        })
                        .also("ACC-504", "ACC-505", "ACC-507", "ACC-511"),
                Wrong.device("ACC-507", "an event can be awaited once", UsedUp::new)
                        .also("ACC-504", "ACC-511"),
                Wrong.queue(
                                "ACC-509",
                                "an event is the end of all that is enqueued when it is awaited",
                                device -> new SoundQueue(device) {
                                    @Override
                                    void await(Mark mark) {
                                        super.await(new Mark(
                                                mark.queue(), mark.queue().enqueued()));
                                    }
                                })
                        .also("ACC-524"),
                Wrong.queue("ACC-510", "every tenth event is forgotten", device -> new SoundQueue(device) {
                    private int awaited;

                    @Override
                    void await(Mark mark) {
                        if (++awaited % 10 != 0) {
                            super.await(mark);
                        }
                    }
                }),
                Wrong.queue(
                        "ACC-511", "a queue takes so many tasks and drops the rest", device -> new SoundQueue(device) {
                            private final AtomicInteger given = new AtomicInteger();

                            @Override
                            public void run(Runnable task) {
                                if (given.incrementAndGet() <= MOST_TASKS) {
                                    super.run(task);
                                }
                            }
                        }),
                Wrong.device("ACC-512", "an event stays where it was recorded first", p -> new SoundAccelerator(p) {
                            @Override
                            SoundQueue makeQueue(QueueRole role) {
                                return new SoundQueue(this) {
                                    @Override
                                    public void record(DeviceEvent event) {
                                        if (!(event instanceof Moving moving) || moving.mark == null) {
                                            super.record(event);
                                        }
                                    }
                                };
                            }
                        })
                        .also("ACC-510", "ACC-534"),
                Wrong.device(
                                "ACC-513",
                                "an event is recorded before it is awaited, or refused",
                                p -> new SoundAccelerator(p) {
                                    @Override
                                    SoundQueue makeQueue(QueueRole role) {
                                        return new SoundQueue(this) {
                                            @Override
                                            public void await(DeviceEvent event) {
                                                if (event instanceof Moving moving && moving.mark == null) {
                                                    throw new JavelinException(
                                                            "JVL-TCK-0091", "nothing recorded", "record it");
                                                }
                                                super.await(event);
                                            }
                                        };
                                    }
                                })
                        .also("ACC-510"),
                Wrong.queue("ACC-514", "the host does not wait for events", device -> new SoundQueue(device) {
                    @Override
                    public DeviceEvent record() {
                        return new Unwaited(super.record());
                    }

                    @Override
                    public void await(DeviceEvent event) {
                        super.await(event instanceof Unwaited unwaited ? unwaited.sound() : event);
                    }
                }));
    }

    /** An event that the host does not wait for. */
    private record Unwaited(DeviceQueue.DeviceEvent sound) implements DeviceQueue.DeviceEvent {
        @Override
        public void synchronize() {}
    }

    /** Remembers which events were awaited. */
    private static final class UsedUp extends SoundAccelerator {
        private final Map<SoundQueue.Mark, Boolean> used = new IdentityHashMap<>();

        UsedUp(SoundPlanner planner) {
            super(planner);
        }

        @Override
        SoundQueue makeQueue(QueueRole role) {
            return new SoundQueue(this) {
                @Override
                void await(Mark mark) {
                    if (used.put(mark, true) != null) {
                        throw new IllegalStateException("this event was awaited before");
                    }
                    super.await(mark);
                }
            };
        }
    }

    private static List<Wrong> throwing() {
        return List.of(
                Wrong.queue("ACC-521", "an error is thrown once and forgotten", device -> new SoundQueue(device) {
                    private boolean told;

                    @Override
                    public void synchronize() {
                        try {
                            super.synchronize();
                        } catch (RuntimeException e) {
                            if (!told) {
                                told = true;
                                throw e;
                            }
                        }
                    }
                }),
                Wrong.queue("ACC-522", "a queue goes on behind an error", device -> new SoundQueue(device) {
                    @Override
                    synchronized boolean broken() {
                        return false;
                    }
                }),
                Wrong.queue("ACC-523", "errors stay on their queue", device -> new SoundQueue(device) {
                    @Override
                    void await(Mark mark) {
                        run(() -> {
                            try {
                                mark.queue().join(mark.tasks());
                            } catch (RuntimeException lost) {
                                // as if nothing had happened
                            }
                        });
                    }
                }),
                Wrong.queue("ACC-524", "an error reaches back to earlier events", device -> new SoundQueue(device) {
                    @Override
                    boolean failedBefore(long count) {
                        return broken();
                    }
                }));
    }

    private static List<Wrong> owners() {
        return List.of(
                Wrong.device("ACC-525", "fills take any queue", p -> new SoundAccelerator(p) {
                    @Override
                    public void fill(DeviceQueue queue, long address, long bytes, byte value) {
                        boolean own = queue instanceof SoundQueue sound && sound.device == this;
                        super.fill(own ? queue : queue(QueueRole.COMPUTE), address, bytes, value);
                    }
                }),
                Wrong.queue("ACC-526", "events of others are left alone", device -> new SoundQueue(device) {
                    @Override
                    public void await(DeviceEvent event) {
                        if (!(event instanceof Mark mark) || mark.queue().device == device) {
                            super.await(event);
                        }
                    }
                }),
                Wrong.provider("ACC-527", "one device at a time", OneAtATime::new)
                        .also("ACC-525", "ACC-526", "ACC-529"),
                Wrong.device(
                        "ACC-528", "kernels are for the thread that opened the device", p -> new SoundAccelerator(p) {
                            private final Thread owner = Thread.currentThread();

                            @Override
                            public Kernel prepare(
                                    Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
                                if (Thread.currentThread() != owner) {
                                    throw new IllegalStateException("another thread");
                                }
                                return super.prepare(operation, inputs, outputs);
                            }
                        }),
                Wrong.provider("ACC-529", "one ledger for all devices", OneLedger::new));
    }

    private static final class OneAtATime extends SoundProvider {
        private final AtomicInteger open = new AtomicInteger();

        @Override
        SoundAccelerator device() {
            if (open.incrementAndGet() > 1) {
                open.decrementAndGet();
                throw new JavelinException("JVL-TCK-0095", "the device is in use", "close it first");
            }
            return new SoundAccelerator(planner()) {
                private boolean closed;

                @Override
                public void close() {
                    super.close();
                    if (!closed) {
                        closed = true;
                        open.decrementAndGet();
                    }
                }
            };
        }
    }

    private static final class OneLedger extends SoundProvider {
        private final List<SoundAccelerator> devices = new CopyOnWriteArrayList<>();

        @Override
        SoundAccelerator device() {
            SoundAccelerator device = new SoundAccelerator(planner()) {
                @Override
                public Usage usage() {
                    long live = devices.stream()
                            .mapToLong(each -> each.cpu().usage().liveBytes())
                            .sum();
                    return new Usage(live, super.usage().peakBytes());
                }
            };
            devices.add(device);
            return device;
        }
    }
}
