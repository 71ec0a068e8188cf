package dev.javelin.tck.strategy;

import dev.javelin.spi.Options;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.strategy.StrategyProvider;
import dev.javelin.tck.PluginFacts;
import dev.javelin.tck.Subject;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * A strategy to be checked.
 *
 * @param options that it is made with
 * @param planner of the device that its plans are compiled for; one that needs no device, such as {@code null}'s, does
 */
public record StrategySubject(PluginFacts plugin, StrategyProvider provider, Options options, DevicePlanner planner)
        implements Subject {

    /** A strategy without options, as a vendor's tests make it. */
    public static StrategySubject of(StrategyProvider provider, DevicePlanner planner) {
        return new StrategySubject(
                PluginFacts.of("strategy", provider), provider, Options.none("strategy." + provider.name()), planner);
    }

    @Override
    public SequencedMap<String, String> settings() {
        SequencedMap<String, String> settings = new LinkedHashMap<>();
        settings.put("options", String.valueOf(options.values()));
        settings.put("planner", planner.name());
        settings.put("meshes", String.valueOf(Case.SIZES));
        return settings;
    }

    @Override
    public boolean full() {
        return true;
    }

    @Override
    public Duration deadline() {
        return Duration.ofSeconds(60);
    }
}
