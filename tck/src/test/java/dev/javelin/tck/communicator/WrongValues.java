package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AddressSpace;
import dev.javelin.spi.device.DeviceQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Doubles for the chapters on values and queues. */
final class WrongValues {
    private static final long ODD = 129;
    private static final long QUEUED = 4_000;

    private WrongValues() {}

    static List<Wrong> all() {
        return List.of(
                Wrong.world("COM-201", "allGather mixes up bits of the last rank's shard", s -> new Wrapper(s) {
                    @Override
                    public void allGather(Call call, long shard, long full, long bytes) {
                        super.allGather(call, shard, full, bytes);
                        boolean inside = shard >= full && shard < full + size() * bytes;
                        if (bytes == ODD && !inside && full % 64 == 0 && !given(full)) {
                            behind(call, () -> Raw.flip(full + size() * bytes - 1));
                        }
                    }
                }),
                Wrong.world("COM-202", "allGather loses a byte of a shard in place", s -> new Wrapper(s) {
                    @Override
                    public void allGather(Call call, long shard, long full, long bytes) {
                        super.allGather(call, shard, full, bytes);
                        if (bytes == ODD && shard == full + rank() * bytes) {
                            behind(call, () -> Raw.flip(shard));
                        }
                    }
                }),
                Wrong.world("COM-203", "reduceScatter adds rank after rank", s -> new Wrapper(s) {
                    @Override
                    public void reduceScatter(Call call, long full, long shard, long elements, DType dtype) {
                        boolean inside = shard >= full && shard < full + size() * elements * 4;
                        if (elements == ODD && !inside && full % 64 == 0 && !given(full)) {
                            byte[][] all = Linear.gathered(this, call, full, size() * elements * 4);
                            byte[] sum = Linear.sum(dtype, all);
                            int from = (int) (rank() * elements * 4);
                            Raw.write(shard, java.util.Arrays.copyOfRange(sum, from, (int) (from + elements * 4)));
                        } else {
                            super.reduceScatter(call, full, shard, elements, dtype);
                        }
                    }
                }),
                Wrong.world("COM-204", "reduceScatter in place leaves the rank's own numbers", s -> new Wrapper(s) {
                    @Override
                    public void reduceScatter(Call call, long full, long shard, long elements, DType dtype) {
                        boolean inside = elements == ODD && size() > 1 && shard == full + rank() * elements * 4;
                        byte[] own = inside ? Raw.read(shard, elements * 4) : new byte[0];
                        super.reduceScatter(call, full, shard, elements, dtype);
                        behind(call, () -> Raw.write(shard, own));
                    }
                }),
                Wrong.world("COM-205", "allReduce adds rank after rank", s -> new Wrapper(s) {
                    @Override
                    public void allReduce(Call call, long buffer, long elements, DType dtype) {
                        if (elements == ODD && buffer % 64 == 0 && !given(buffer)) {
                            Raw.write(buffer, Linear.sum(dtype, Linear.gathered(this, call, buffer, elements * 4)));
                        } else {
                            super.allReduce(call, buffer, elements, dtype);
                        }
                    }
                }),
                Wrong.world("COM-206", "allToAll keeps the order of the source", s -> new Wrapper(s) {
                    @Override
                    public void allToAll(Call call, long source, long target, long bytes) {
                        super.allToAll(call, source, target, bytes);
                        if (bytes == ODD && source % 64 == 0 && !given(source)) {
                            behind(call, () -> Raw.write(target, Raw.read(source, size() * bytes)));
                        }
                    }
                }),
                Wrong.world("COM-207", "broadcast takes rank 0 for every root but the last", s -> new Wrapper(s) {
                    @Override
                    public void broadcast(Call call, long buffer, long bytes, int root) {
                        boolean wrong = bytes == ODD && buffer % 64 == 0 && !given(buffer) && root < size() - 1;
                        super.broadcast(call, buffer, bytes, wrong ? 0 : root);
                    }
                }),
                Wrong.world("COM-208", "recv loses the last byte", s -> new Wrapper(s) {
                            @Override
                            public void recv(Call call, long buffer, long bytes, int peer) {
                                super.recv(call, buffer, bytes, peer);
                                if (bytes == ODD && !given(buffer)) {
                                    behind(call, () -> Raw.flip(buffer + bytes - 1));
                                }
                            }
                        })
                        .also("COM-212"),
                Wrong.world("COM-209", "a barrier that nobody waits at", s -> new Wrapper(s) {
                            @Override
                            public void barrier(Call call) {
                                if (call.ticket() != 1) {
                                    super.barrier(call);
                                }
                            }
                        })
                        .also("COM-603", "COM-901", "COM-902", "COM-906", "COM-907"),
                Wrong.world("COM-210", "allToAll of nothing is refused", s -> new Wrapper(s) {
                            @Override
                            public void allToAll(Call call, long source, long target, long bytes) {
                                if (bytes == 0 && size() > 1) {
                                    throw ReferenceCommunicator.wrong("nothing to do");
                                }
                                super.allToAll(call, source, target, bytes);
                            }
                        })
                        .also("COM-217", "COM-218", "COM-704"),
                Wrong.world("COM-211", "broadcast is wrong in memory of its own", s -> new Wrapper(s) {
                    @Override
                    public void broadcast(Call call, long buffer, long bytes, int root) {
                        super.broadcast(call, buffer, bytes, root);
                        if (bytes == ODD && given(buffer)) {
                            behind(call, () -> Raw.flip(buffer));
                        }
                    }
                }),
                Wrong.world("COM-212", "broadcast takes addresses for multiples of four", s -> new Wrapper(s) {
                    @Override
                    public void broadcast(Call call, long buffer, long bytes, int root) {
                        super.broadcast(call, buffer, bytes, root);
                        if (buffer % 4 != 0 && bytes > 1) {
                            behind(call, () -> Raw.flip(buffer - buffer % 4 + 4));
                        }
                    }
                }),
                Wrong.world("COM-213", "FLOAT64 is summed in single precision", s -> new Wrapper(s) {
                    @Override
                    public void allReduce(Call call, long buffer, long elements, DType dtype) {
                        super.allReduce(call, buffer, elements, dtype);
                        if (elements == 65 && dtype == DType.FLOAT64) {
                            behind(call, () -> Raw.flip(buffer + 64));
                        }
                    }
                }),
                Wrong.world("COM-214", "infinity is a not-a-number on some", s -> new Wrapper(s) {
                            @Override
                            public void allReduce(Call call, long buffer, long elements, DType dtype) {
                                super.allReduce(call, buffer, elements, dtype);
                                if (elements == 64 && dtype == DType.FLOAT32 && rank() > 0) {
                                    behind(call, () -> Raw.flip(buffer + 12));
                                }
                            }
                        })
                        .also("COM-221"),
                Wrong.world("COM-221", "each rank has a not-a-number of its own", s -> new Wrapper(s) {
                    @Override
                    public void allReduce(Call call, long buffer, long elements, DType dtype) {
                        super.allReduce(call, buffer, elements, dtype);
                        if (elements == 64 && dtype == DType.FLOAT32 && rank() > 0) {
                            behind(call, () -> Raw.flip(buffer + 8));
                        }
                    }
                }),
                Wrong.world("COM-215", "the third sum is another", s -> new Wrapper(s) {
                    private int sums;

                    @Override
                    public void allReduce(Call call, long buffer, long elements, DType dtype) {
                        super.allReduce(call, buffer, elements, dtype);
                        if (elements == 1000 && ++sums == 3) {
                            behind(call, () -> Raw.flip(buffer));
                        }
                    }
                }),
                Wrong.world("COM-216", "long buffers are added rank after rank", s -> new Wrapper(s) {
                    @Override
                    public void allReduce(Call call, long buffer, long elements, DType dtype) {
                        if (elements == 1000) {
                            Raw.write(buffer, Linear.sum(dtype, Linear.gathered(this, call, buffer, elements * 4)));
                        } else {
                            super.allReduce(call, buffer, elements, dtype);
                        }
                    }
                }),
                Wrong.world("COM-217", "broadcast writes a byte too many", s -> new Wrapper(s) {
                    @Override
                    public void broadcast(Call call, long buffer, long bytes, int root) {
                        super.broadcast(call, buffer, bytes, root);
                        if (bytes == ODD) {
                            behind(call, () -> Raw.flip(buffer + bytes));
                        }
                    }
                }),
                Wrong.world("COM-218", "allGather uses its shard as scratch", s -> new Wrapper(s) {
                    @Override
                    public void allGather(Call call, long shard, long full, long bytes) {
                        super.allGather(call, shard, full, bytes);
                        if (bytes == ODD && !(shard >= full && shard < full + size() * bytes)) {
                            behind(call, () -> Raw.flip(shard));
                        }
                    }
                }),
                Wrong.world("COM-219", "allReduce has a seam", s -> new Wrapper(s) {
                    @Override
                    public void allReduce(Call call, long buffer, long elements, DType dtype) {
                        super.allReduce(call, buffer, elements, dtype);
                        if (elements > 20_000) {
                            behind(call, () -> Raw.flip(buffer + 65_536));
                        }
                    }
                }),
                Wrong.world("COM-220", "a slot is used again too early", s -> new Wrapper(s) {
                    private int calls;

                    @Override
                    public void allToAll(Call call, long source, long target, long bytes) {
                        super.allToAll(call, source, target, bytes);
                        if (++calls >= 7 && bytes > 0) {
                            behind(call, () -> Raw.flip(target));
                        }
                    }
                }));
    }

    static List<Wrong> queues() {
        return List.of(
                Wrong.world("COM-301", "allGather does not wait for its queue", s -> new Wrapper(s) {
                    @Override
                    public void allGather(Call call, long shard, long full, long bytes) {
                        super.allGather(
                                bytes == QUEUED ? new Call(new AtOnce(), call.ticket()) : call, shard, full, bytes);
                    }
                }),
                Wrong.world("COM-302", "allGather is done when the next call is made", s -> new Wrapper(s) {
                            private Runnable rest = () -> {};

                            @Override
                            public void allGather(Call call, long shard, long full, long bytes) {
                                if (bytes != QUEUED) {
                                    super.allGather(call, shard, full, bytes);
                                    return;
                                }
                                MemorySegment hidden = Arena.ofAuto().allocate(size() * bytes);
                                super.allGather(call, shard, hidden.address(), bytes);
                                rest = () -> Raw.write(full, hidden.toArray(ValueLayout.JAVA_BYTE));
                            }

                            @Override
                            public void broadcast(Call call, long buffer, long bytes, int root) {
                                Runnable before = rest;
                                rest = () -> {};
                                behind(call, before);
                                super.broadcast(call, buffer, bytes, root);
                            }
                        })
                        .also("COM-301"),
                Wrong.world("COM-303", "broadcast reads its buffer when it is called", s -> new Wrapper(s) {
                    @Override
                    public void broadcast(Call call, long buffer, long bytes, int root) {
                        if (bytes == QUEUED && root == rank()) {
                            byte[] early = Raw.read(buffer, bytes);
                            behind(call, () -> Raw.write(buffer, early));
                        }
                        super.broadcast(call, buffer, bytes, root);
                    }
                }),
                Wrong.world("COM-304", "broadcast waits for its queue", s -> new Wrapper(s) {
                    @Override
                    public void broadcast(Call call, long buffer, long bytes, int root) {
                        if (bytes == QUEUED) {
                            call.queue().synchronize();
                        }
                        super.broadcast(call, buffer, bytes, root);
                    }
                }),
                Wrong.world("COM-305", "allToAll knows one queue", s -> new Wrapper(s) {
                    private DeviceQueue known;

                    @Override
                    public void allToAll(Call call, long source, long target, long bytes) {
                        known = known == null ? call.queue() : known;
                        if (known != call.queue()) {
                            throw ReferenceCommunicator.wrong("another queue");
                        }
                        super.allToAll(call, source, target, bytes);
                    }
                }),
                Wrong.world("COM-306", "the second message overtakes the first", s -> new Wrapper(s) {
                    private long before;
                    private long ticket = -1;

                    @Override
                    public void recv(Call call, long buffer, long bytes, int peer) {
                        super.recv(call, buffer, bytes, peer);
                        if (bytes == QUEUED && call.ticket() == ticket + 1) {
                            long first = before;
                            behind(call, () -> {
                                byte[] mine = Raw.read(buffer, bytes);
                                Raw.write(buffer, Raw.read(first, bytes));
                                Raw.write(first, mine);
                            });
                        }
                        before = buffer;
                        ticket = call.ticket();
                    }
                }));
    }

    /** A queue whose work is done when it is given. */
    private static final class AtOnce implements DeviceQueue {
        @Override
        public Accelerator device() {
            throw new IllegalStateException("a queue of no device");
        }

        @Override
        public AddressSpace addressSpace() {
            return AddressSpace.HOST;
        }

        @Override
        public DeviceEvent record() {
            return () -> {};
        }

        @Override
        public void record(DeviceEvent event) {}

        @Override
        public void await(DeviceEvent event) {}

        @Override
        public void synchronize() {}

        @Override
        public void run(Runnable task) {
            task.run();
        }
    }

    /** Sums in the order of ranks. */
    private static final class Linear {
        static byte[][] gathered(Communicator group, Communicator.Call call, long buffer, long bytes) {
            try (Arena arena = Arena.ofShared()) {
                MemorySegment all = arena.allocate(group.size() * bytes);
                group.allGather(call, buffer, all.address(), bytes);
                call.queue().synchronize();
                byte[][] ranks = new byte[group.size()][];
                for (int r = 0; r < ranks.length; r++) {
                    ranks[r] = Raw.read(all.address() + r * bytes, bytes);
                }
                return ranks;
            }
        }

        static byte[] sum(DType dtype, byte[][] ranks) {
            byte[] sum = ranks[0];
            for (int r = 1; r < ranks.length; r++) {
                sum = Tree.sum(dtype, new byte[][] {sum, ranks[r]});
            }
            return sum;
        }
    }
}
