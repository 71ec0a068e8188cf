package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import dev.javelin.spi.communicator.Communicator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Doubles for the chapters on sent bytes and on groups. */
final class WrongGroups {
    private static final long COUNTED = 840;

    private WrongGroups() {}

    /** A wrapper that says it has sent more. */
    private static class Boasting extends Wrapper {
        private long more;

        Boasting(Communicator sound) {
            super(sound);
        }

        void boast(long bytes) {
            more += bytes;
        }

        @Override
        public long sentBytes() {
            return super.sentBytes() + more;
        }
    }

    static List<Wrong> bytes() {
        return List.of(
                Wrong.world("COM-701", "reduceScatter counts the rank's own shard", s -> new Boasting(s) {
                    @Override
                    public void reduceScatter(Call call, long full, long shard, long elements, DType dtype) {
                        super.reduceScatter(call, full, shard, elements, dtype);
                        boast(elements == COUNTED ? elements * 4 : 0);
                    }
                }),
                Wrong.world("COM-702", "allToAll counts the rank's own part", s -> new Boasting(s) {
                    @Override
                    public void allToAll(Call call, long source, long target, long bytes) {
                        super.allToAll(call, source, target, bytes);
                        boast(bytes == COUNTED ? bytes : 0);
                    }
                }),
                Wrong.world("COM-703", "recv counts too", s -> new Boasting(s) {
                    @Override
                    public void recv(Call call, long buffer, long bytes, int peer) {
                        super.recv(call, buffer, bytes, peer);
                        boast(bytes);
                    }
                }),
                Wrong.world("COM-704", "a barrier counts its message", s -> new Boasting(s) {
                    @Override
                    public void barrier(Call call) {
                        super.barrier(call);
                        boast(8);
                    }
                }),
                Wrong.world("COM-705", "groups count for themselves", s -> new Wrapper(s) {
                    private final List<Communicator> groups = new ArrayList<>();

                    @Override
                    public Optional<Communicator> split(int color, int key) {
                        Optional<Communicator> group = super.split(color, key);
                        group.ifPresent(groups::add);
                        return group;
                    }

                    @Override
                    public long sentBytes() {
                        return super.sentBytes()
                                - groups.stream()
                                        .mapToLong(Communicator::sentBytes)
                                        .sum();
                    }
                }),
                Wrong.world("COM-706", "allReduce counts padding", s -> new Boasting(s) {
                    @Override
                    public void allReduce(Call call, long buffer, long elements, DType dtype) {
                        super.allReduce(call, buffer, elements, dtype);
                        boast(elements == COUNTED + 1 ? 4 : 0);
                    }
                }));
    }

    static List<Wrong> groups() {
        return List.of(
                Wrong.world("COM-801", "keys are compared by their difference", s -> new Wrapper(s) {
                    @Override
                    public Optional<Communicator> split(int color, int key) {
                        boolean far = key == Integer.MAX_VALUE || key == Integer.MIN_VALUE;
                        return super.split(color, far ? -1 - key : key);
                    }
                }),
                Wrong.world("COM-802", "a negative color is a color", s -> new Wrapper(s) {
                    @Override
                    public Optional<Communicator> split(int color, int key) {
                        return super.split(color == -1 ? 1_000_000 : color, key);
                    }
                }),
                Wrong.group("COM-803", "a group's sum waits for the world", (child, world) -> new Wrapper(child) {
                    @Override
                    public void allReduce(Call call, long buffer, long elements, DType dtype) {
                        if (elements == 11) {
                            world.barrier(call);
                        }
                        super.allReduce(call, buffer, elements, dtype);
                    }
                }),
                Wrong.group("COM-804", "a group cannot be turned", (child, world) -> new Wrapper(child) {
                    @Override
                    public Optional<Communicator> split(int color, int key) {
                        if (key < 0) {
                            throw ReferenceCommunicator.wrong("a group of a group");
                        }
                        return super.split(color, key);
                    }
                }),
                Wrong.group("COM-805", "sums follow the order of the world", (child, world) -> new Wrapper(child) {
                    @Override
                    public void allReduce(Call call, long buffer, long elements, DType dtype) {
                        if (elements == 65 && dtype == DType.FLOAT32) {
                            world.allReduce(call, buffer, elements, dtype);
                        } else {
                            super.allReduce(call, buffer, elements, dtype);
                        }
                    }
                }),
                Wrong.group("COM-806", "closing a part closes the whole", (child, world) -> new Wrapper(child) {
                    @Override
                    public void close() {
                        super.close();
                        world.close();
                    }
                }),
                Wrong.group("COM-807", "a rank alone cannot broadcast", (child, world) -> new Wrapper(child) {
                    @Override
                    public void broadcast(Call call, long buffer, long bytes, int root) {
                        if (size() == 1 && bytes == 12) {
                            throw ReferenceCommunicator.wrong("nobody to send to");
                        }
                        super.broadcast(call, buffer, bytes, root);
                    }
                }));
    }
}
