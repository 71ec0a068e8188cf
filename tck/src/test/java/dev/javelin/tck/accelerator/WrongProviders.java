package dev.javelin.tck.accelerator;

import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.device.Accelerator;
import java.util.List;

/** Doubles for the rules on providers. */
final class WrongProviders {
    private WrongProviders() {}

    static List<Wrong> all() {
        return List.of(
                Wrong.provider("ACC-101", "a name for people", () -> new SoundProvider() {
                            @Override
                            public String name() {
                                return "Sound & Safe";
                            }
                        })
                        .also("ACC-106"),
                Wrong.provider("ACC-102", "built for another SPI", () -> new SoundProvider() {
                    @Override
                    public int spiMajor() {
                        return Spi.MAJOR + 1;
                    }
                }),
                Wrong.provider("ACC-103", "a probe that throws where there is no driver", () -> new SoundProvider() {
                            @Override
                            public Probe probe() {
                                throw new UnsatisfiedLinkError("no sound in java.library.path");
                            }
                        })
                        .also("ACC-105"),
                Wrong.provider("ACC-104", "options that only the planner reads", () -> new SoundProvider() {
                    @Override
                    public Accelerator open(Options options) {
                        return device();
                    }
                }),
                Wrong.provider("ACC-105", "a probe that finds no device where there is one", () -> new SoundProvider() {
                    @Override
                    public Probe probe() {
                        return Probe.unavailable("no device");
                    }
                }),
                Wrong.provider("ACC-106", "a planner with the name of the chip", () -> new SoundProvider() {
                    @Override
                    SoundPlanner planner() {
                        return new SoundPlanner(OnCpu.provider("cpu").planner(options())) {
                            @Override
                            public String name() {
                                return "SND-9000";
                            }
                        };
                    }
                }),
                Wrong.provider(
                        "ACC-107", "a library that is missing is an error of the linker", () -> new SoundProvider() {
                            @Override
                            public Probe probe() {
                                return Probe.unavailable("no sound device");
                            }

                            @Override
                            SoundAccelerator device() {
                                throw new UnsatisfiedLinkError("no sound in java.library.path");
                            }
                        }));
    }
}
