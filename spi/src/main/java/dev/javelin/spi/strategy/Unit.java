package dev.javelin.spi.strategy;

import java.util.List;

/**
 * Parameters that are gathered, released, reduced and prefetched together.
 *
 * @param name for reports, for example a layer's path
 * @param parameters paths, in the order in which they lie in the unit's chunks
 */
public record Unit(String name, List<String> parameters) {
    public Unit {
        parameters = List.copyOf(parameters);
    }
}
