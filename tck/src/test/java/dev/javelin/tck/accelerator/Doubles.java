package dev.javelin.tck.accelerator;

import java.time.Duration;

/** How much is looked at to catch a double: what the rules need to be rules, and little more. */
final class Doubles {
    static final Extent EXTENT = new Extent(false, 1, 1_500, 100_001, 30, 6, 60, 2_000, Duration.ofSeconds(20));

    private Doubles() {}
}
