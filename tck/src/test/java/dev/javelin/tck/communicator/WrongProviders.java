package dev.javelin.tck.communicator;

import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Seat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Doubles for the chapter on providers. */
final class WrongProviders {
    private WrongProviders() {}

    static List<Wrong> all() {
        return List.of(
                Wrong.provider("COM-101", "a name for people", () -> new ReferenceProvider() {
                    @Override
                    public String name() {
                        return "The Reference";
                    }
                }),
                Wrong.provider("COM-102", "built for another SPI", () -> new ReferenceProvider() {
                    @Override
                    public int spiMajor() {
                        return Spi.MAJOR + 1;
                    }
                }),
                Wrong.provider("COM-103", "a probe that throws", () -> new ReferenceProvider() {
                    @Override
                    public Probe probe() {
                        throw new IllegalStateException("no driver");
                    }
                }),
                Wrong.provider("COM-104", "abilities that come and go", () -> new ReferenceProvider() {
                    private final AtomicInteger asked = new AtomicInteger();

                    @Override
                    public Abilities abilities() {
                        return super.abilities().withHosts(asked.incrementAndGet() % 2 == 0);
                    }
                }),
                Wrong.provider("COM-105", "options that nobody reads", () -> new ReferenceProvider() {
                    @Override
                    public Communicator join(Seat seat, Options options) {
                        return super.join(seat, Options.none(options.owner()));
                    }
                }),
                Wrong.provider("COM-106", "ranks anywhere are taken for threads", () -> new ReferenceProvider() {
                    @Override
                    public Communicator join(Seat seat, Options options) {
                        options.requireKnown(List.of());
                        return open(seat).joined();
                    }
                }),
                Wrong.provider("COM-107", "join comes back at once", () -> new ReferenceProvider() {
                            @Override
                            public Communicator join(Seat seat, Options options) {
                                options.requireKnown(List.of());
                                if (seat.closeness() != Seat.Closeness.THREADS) {
                                    return super.join(seat, options);
                                }
                                return open(seat);
                            }
                        })
                        .also("COM-603"),
                Wrong.world("COM-108", "ranks are counted from the end", s -> new Wrapper(s) {
                            private boolean asked;

                            @Override
                            public int rank() {
                                int rank = asked ? super.rank() : size() - 1 - super.rank();
                                asked = true;
                                return rank;
                            }
                        })
                        // Every rank asks for its rank to know what it has to expect.
                        .also(
                                "COM-109", "COM-201", "COM-202", "COM-203", "COM-204", "COM-206", "COM-207", "COM-208",
                                "COM-211", "COM-212", "COM-215", "COM-219", "COM-220", "COM-305", "COM-806", "COM-909",
                                "COM-953", "COM-954", "COM-955", "COM-956", "COM-957"),
                Wrong.provider("COM-109", "a key is put twice", () -> new ReferenceProvider() {
                    @Override
                    Communicator wrapped(Communicator sound, Seat seat) {
                        seat.put("hello/" + seat.rank(), new byte[1]);
                        seat.put("hello/" + seat.rank(), new byte[1]);
                        return sound;
                    }
                }));
    }
}
