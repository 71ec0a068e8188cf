package dev.javelin.spi.strategy;

import java.util.Set;
import java.util.TreeSet;

/**
 * Where one kind of state lives.
 *
 * @param axes mesh axes that it is sharded over; none means replicated
 */
public record Placement(Set<String> axes, Tier tier) {
    public Placement {
        axes = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(axes));
    }

    /** Whole, on every rank's device. */
    public static Placement replicated() {
        return new Placement(Set.of(), Tier.DEVICE);
    }

    /** Sharded over these axes, on the device. */
    public static Placement sharded(String... axes) {
        return new Placement(Set.of(axes), Tier.DEVICE);
    }

    public Placement withTier(Tier other) {
        return new Placement(axes, other);
    }
}
