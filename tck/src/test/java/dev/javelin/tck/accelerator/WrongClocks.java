package dev.javelin.tck.accelerator;

import dev.javelin.spi.device.DeviceQueue.DeviceEvent;
import java.util.List;
import java.util.function.Function;

/** Doubles for the rules on the device's clock. */
final class WrongClocks {
    private static final long MINUTE = 60_000_000_000L;

    private WrongClocks() {}

    private static Wrong clock(String rule, String defect, Function<SoundAccelerator, SoundClock> clock) {
        return Wrong.device(rule, defect, planner -> new SoundAccelerator(planner) {
            @Override
            SoundClock makeClock() {
                return clock.apply(this);
            }
        });
    }

    static List<Wrong> all() {
        return List.of(
                clock("ACC-531", "events have the time at which they were asked for", Asked::new)
                        .also("ACC-534"),
                clock("ACC-531", "microseconds are told as nanoseconds", device -> new SoundClock(device) {
                            @Override
                            public long nanosBetween(DeviceEvent from, DeviceEvent to) {
                                return super.nanosBetween(from, to) / 1_000;
                            }
                        })
                        .also("ACC-534"),
                clock("ACC-532", "differences have no sign", device -> new SoundClock(device) {
                    @Override
                    public long nanosBetween(DeviceEvent from, DeviceEvent to) {
                        return Math.abs(super.nanosBetween(from, to));
                    }
                }),
                clock("ACC-533", "each queue has a zero of its own", device -> new SoundClock(device) {
                    @Override
                    long now(SoundQueue queue) {
                        return super.now(queue) - MINUTE * System.identityHashCode(queue);
                    }
                }),
                clock("ACC-534", "an event that was never recorded has the time 0", device -> new SoundClock(device) {
                    @Override
                    long neverRecorded() {
                        return 0;
                    }
                }),
                clock("ACC-534", "what is not passed yet has the time 0", device -> new SoundClock(device) {
                    @Override
                    void waitFor(Timed event) {}
                }));
    }

    /** Tells when the host recorded an event. */
    private static final class Asked extends SoundClock {
        private final SoundAccelerator device;

        Asked(SoundAccelerator device) {
            super(device);
            this.device = device;
        }

        @Override
        public DeviceEvent event() {
            device.requireOpen();
            return new Timed() {
                private long asked;
                private boolean recorded;

                @Override
                void recorded(SoundQueue queue) {
                    asked = now(queue);
                    recorded = true;
                }

                @Override
                long nanos() {
                    return recorded ? asked : neverRecorded();
                }
            };
        }
    }
}
