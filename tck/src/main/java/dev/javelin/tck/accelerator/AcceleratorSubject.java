package dev.javelin.tck.accelerator;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.tck.PluginFacts;
import dev.javelin.tck.Subject;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * An accelerator to be checked.
 *
 * @param options that it is planned for and opened with
 * @param onlyPlans why there is no device to open: it only plans, or its device is not in this machine; empty otherwise
 * @param oracle that says what should come out
 * @param seed of random data; the same seed gives the same data
 */
public record AcceleratorSubject(
        PluginFacts plugin,
        AcceleratorProvider provider,
        Options options,
        Optional<String> onlyPlans,
        Oracle oracle,
        Extent extent,
        long seed)
        implements Subject {
    /** The code with which a device that can only be planned for refuses to be opened. */
    private static final String PLANS_ONLY = "JVL-ENG-0001";

    /** The seed if nobody says. */
    public static final long SEED = 1;

    /** An accelerator without options, as a vendor's tests make it. */
    public static AcceleratorSubject of(AcceleratorProvider provider, Oracle oracle, Extent extent) {
        return of(provider, Options.none("accelerator." + provider.name()), oracle, extent);
    }

    public static AcceleratorSubject of(AcceleratorProvider provider, Options options, Oracle oracle, Extent extent) {
        return of(PluginFacts.of("accelerator", provider), provider, options, oracle, extent);
    }

    /** Opens the device once, to see whether there is one. */
    public static AcceleratorSubject of(
            PluginFacts plugin, AcceleratorProvider provider, Options options, Oracle oracle, Extent extent) {
        return new AcceleratorSubject(plugin, provider, options, refusal(provider, options), oracle, extent, SEED);
    }

    /** Empty if it opens, or if it should: what else goes wrong is for the rules to find. */
    private static Optional<String> refusal(AcceleratorProvider provider, Options options) {
        try {
            provider.open(options).close();
            return Optional.empty();
        } catch (JavelinException error) {
            return error.code().equals(PLANS_ONLY)
                    ? Optional.of("there is no device: " + error.getMessage())
                    : unavailable(provider);
        } catch (RuntimeException | LinkageError error) {
            return unavailable(provider);
        }
    }

    private static Optional<String> unavailable(AcceleratorProvider provider) {
        try {
            Probe probe = provider.probe();
            return probe.available() ? Optional.empty() : Optional.of("it cannot work here: " + probe.reason());
        } catch (RuntimeException | LinkageError error) {
            return Optional.empty();
        }
    }

    public AcceleratorSubject withSeed(long other) {
        return new AcceleratorSubject(plugin, provider, options, onlyPlans, oracle, extent, other);
    }

    @Override
    public boolean full() {
        return extent.full();
    }

    @Override
    public Duration deadline() {
        return extent.deadline();
    }

    @Override
    public SequencedMap<String, String> settings() {
        SequencedMap<String, String> settings = new LinkedHashMap<>();
        settings.put("options", String.valueOf(options.values()));
        settings.put("device", onlyPlans.orElseGet(() -> provider.probe().reason()));
        settings.put("oracle", oracle.name());
        settings.put("seed", String.valueOf(seed));
        settings.put("extent", extent.full() ? "certificate" : "quick");
        return settings;
    }

    DevicePlanner planner() {
        return provider.planner(options);
    }

    Accelerator open() {
        return provider.open(options);
    }

    /** Opens the device for a part and closes it behind it, with all memory that the part took. */
    String on(Part part) throws Exception {
        try (Bench bench = new Bench(this)) {
            return part.on(bench);
        }
    }
}
