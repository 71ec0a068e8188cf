package dev.javelin.tck.communicator;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.communicator.Seat;
import java.util.List;

/** Doubles for the chapters on disagreement, arguments and waiting. */
final class WrongCalls {
    private static final long OVER = Long.MAX_VALUE / 4;

    private WrongCalls() {}

    /** The offer with what is not compared made equal to another's. */
    private static Offer made(Offer a, Offer.Kind kind, long ticket, long count, DType dtype, int root) {
        return new Offer(kind, ticket, a.from(), a.to(), count, dtype, root);
    }

    static List<Wrong> disagreements() {
        return List.of(
                Wrong.board("COM-401", "kinds are not compared", (size, maker) -> new Board(size, maker) {
                            @Override
                            boolean alike(Offer a, Offer b) {
                                boolean lax = a.kind() != Offer.Kind.SPLIT && b.kind() != Offer.Kind.SPLIT;
                                return super.alike(
                                        a, lax ? made(b, a.kind(), b.ticket(), a.count(), a.dtype(), a.root()) : b);
                            }
                        })
                        .also("COM-402", "COM-403", "COM-405"),
                Wrong.board("COM-402", "sizes are not compared", (size, maker) -> new Board(size, maker) {
                    @Override
                    boolean alike(Offer a, Offer b) {
                        return super.alike(a, made(b, b.kind(), b.ticket(), a.count(), b.dtype(), b.root()));
                    }
                }),
                Wrong.board("COM-403", "types are not compared", (size, maker) -> new Board(size, maker) {
                    @Override
                    boolean alike(Offer a, Offer b) {
                        return super.alike(a, made(b, b.kind(), b.ticket(), b.count(), a.dtype(), b.root()));
                    }
                }),
                Wrong.board("COM-404", "tickets are not compared", (size, maker) -> new Board(size, maker) {
                    @Override
                    boolean alike(Offer a, Offer b) {
                        return super.alike(a, made(b, b.kind(), a.ticket(), b.count(), b.dtype(), b.root()));
                    }
                }),
                Wrong.board("COM-405", "roots are not compared", (size, maker) -> new Board(size, maker) {
                    @Override
                    boolean alike(Offer a, Offer b) {
                        return super.alike(a, made(b, b.kind(), b.ticket(), b.count(), b.dtype(), a.root()));
                    }
                }),
                Wrong.board("COM-406", "the next rank is blamed", (size, maker) -> new Board(size, maker) {
                    @Override
                    int blamed(int rank, int other) {
                        return (rank + 1) % size;
                    }
                }),
                Wrong.board("COM-407", "recv takes what comes", (size, maker) -> new Board(size, maker) {
                    @Override
                    boolean fits(Offer send, Offer recv) {
                        return true;
                    }
                }),
                Wrong.board("COM-408", "a group goes on after an error", (size, maker) -> new Board(size, maker) {
                            @Override
                            void spoil(JavelinException error) {}
                        })
                        .also("COM-407"),
                Wrong.board("COM-409", "splits are not compared", (size, maker) -> new Board(size, maker) {
                    @Override
                    boolean alike(Offer a, Offer b) {
                        boolean split = a.kind() == Offer.Kind.SPLIT || b.kind() == Offer.Kind.SPLIT;
                        return split || super.alike(a, b);
                    }
                }));
    }

    static List<Wrong> arguments() {
        return List.of(
                Wrong.world("COM-501", "a negative size is nothing", s -> new Wrapper(s) {
                    @Override
                    public void allToAll(Call call, long source, long target, long bytes) {
                        super.allToAll(call, source, target, Math.max(0, bytes));
                    }
                }),
                Wrong.world("COM-502", "roots wrap around", s -> new Wrapper(s) {
                    @Override
                    public void broadcast(Call call, long buffer, long bytes, int root) {
                        super.broadcast(call, buffer, bytes, Math.floorMod(root, size()));
                    }
                }),
                Wrong.world("COM-503", "sizes overflow", s -> new Wrapper(s) {
                    @Override
                    public void allGather(Call call, long shard, long full, long bytes) {
                        super.allGather(call, shard, full, bytes > OVER ? 0 : bytes);
                    }
                }),
                Wrong.world("COM-504", "truth values are added as bytes", s -> new Wrapper(s) {
                    @Override
                    public void allReduce(Call call, long buffer, long elements, DType dtype) {
                        super.allReduce(call, buffer, elements, dtype == DType.BOOL ? DType.UINT8 : dtype);
                    }
                }),
                Wrong.world("COM-505", "overlaps are not looked for", s -> new Wrapper(s) {
                    @Override
                    public void allToAll(Call call, long source, long target, long bytes) {
                        super.allToAll(call, source, target == source + 4 ? source + 512 : target, bytes);
                    }
                }));
    }

    static List<Wrong> waiting() {
        return List.of(
                Wrong.board("COM-601", "a barrier looks up rarely", (size, maker) -> new Board(size, maker) {
                    @Override
                    long turnMillis(Offer offer) {
                        return offer.kind() == Offer.Kind.BARRIER ? 600 : super.turnMillis(offer);
                    }
                }),
                Wrong.board("COM-602", "each turn of a wait is a wait", (size, maker) -> new Board(size, maker) {
                    @Override
                    long since(Offer offer, long begin) {
                        return offer.kind() == Offer.Kind.BARRIER ? System.nanoTime() : begin;
                    }
                }),
                Wrong.board(
                        "COM-603", "a split ends with an error of its own", (size, maker) -> new Board(size, maker) {
                            @Override
                            void ask(Seat seat, Offer offer, long begin) {
                                try {
                                    super.ask(seat, offer, begin);
                                } catch (Stopped stopped) {
                                    throw stopped;
                                } catch (JavelinException e) {
                                    throw offer.kind() == Offer.Kind.SPLIT ? Board.ended("something went wrong") : e;
                                }
                            }
                        }));
    }
}
