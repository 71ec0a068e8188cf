package dev.javelin.tck.communicator;

import dev.javelin.spi.Options;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.CommunicatorProvider;
import dev.javelin.tck.PluginFacts;
import dev.javelin.tck.Subject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;

/**
 * A communicator to be checked.
 *
 * @param options that ranks join with
 * @param ranks where they come from
 * @param device where their buffers lie
 */
public record CommunicatorSubject(
        PluginFacts plugin, CommunicatorProvider provider, Options options, Ranks ranks, Device device, Extent extent)
        implements Subject {
    private static final int USUAL_RANKS = 3;

    /** A communicator without options, as a vendor's tests make it. */
    public static CommunicatorSubject of(CommunicatorProvider provider, Ranks ranks, Device device, Extent extent) {
        return new CommunicatorSubject(
                PluginFacts.of("communicator", provider),
                provider,
                Options.none("communicator." + provider.name()),
                ranks,
                device,
                extent);
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
        settings.put("ranks", sizes() + " as " + ranks.closeness());
        settings.put("device", device.name());
        settings.put("abilities", String.valueOf(provider.abilities()));
        settings.put("extent", extent.full() ? "certificate" : "quick");
        return settings;
    }

    Abilities abilities() {
        return provider.abilities();
    }

    List<Integer> sizes() {
        return ranks.sizes(extent.worlds());
    }

    /** The number of ranks of checks for which any number of several does. */
    int usual() {
        List<Integer> sizes = sizes();
        return sizes.contains(USUAL_RANKS) ? USUAL_RANKS : sizes.getLast();
    }

    /** Runs a part on a world of the usual size. */
    String once(Part part) {
        return all(List.of(part));
    }

    /** Runs parts, each on a world of the usual size of its own; side by side where ranks are threads. */
    String all(List<Part> parts) {
        return all(usual(), limit(), parts);
    }

    /** Runs parts that must end soon: they wait for nothing, or their waits are ended. */
    String soon(List<Part> parts) {
        return all(usual(), Duration.ofMillis(extent.holdMillis() + 2 * extent.patienceMillis()), parts);
    }

    private String all(int size, Duration limit, List<Part> parts) {
        if (!ranks.together() || parts.size() == 1) {
            return figure(
                    parts.stream()
                            .mapToLong(part -> ranks.run(this, size, limit, part))
                            .sum(),
                    List.of(size));
        }
        List<FutureTask<Long>> tasks = new ArrayList<>();
        for (Part part : parts) {
            FutureTask<Long> task = new FutureTask<>(() -> ranks.run(this, size, limit, part));
            tasks.add(task);
            Thread.ofPlatform().daemon().name("tck world").start(task);
        }
        long calls = 0;
        for (FutureTask<Long> task : tasks) {
            calls += result(task);
        }
        return figure(calls, List.of(size));
    }

    private static long result(FutureTask<Long> task) {
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Stopped();
        }
    }

    /** Runs a part on a world of each size. */
    String each(Part part) {
        return each(1, part);
    }

    /** Runs a part on a world of each size from this one on. */
    String each(int least, Part part) {
        List<Integer> sizes = sizes().stream().filter(size -> size >= least).toList();
        long calls = 0;
        for (int size : sizes) {
            calls += ranks.run(this, size, limit(), part);
        }
        return figure(calls, sizes);
    }

    /** For one world; less than the deadline of a rule, so that the ranks can say where they hang. */
    private Duration limit() {
        return deadline().multipliedBy(2).dividedBy(3);
    }

    static String figure(long calls, List<Integer> sizes) {
        return calls + " looked at, over worlds of "
                + sizes.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    /** Against rules that need several ranks. */
    Optional<String> alone() {
        return usual() >= 2 ? Optional.empty() : Optional.of("the world has one rank");
    }

    /** Against rules that need all ranks in this JVM. */
    Optional<String> apart() {
        return ranks.together() ? Optional.empty() : Optional.of("the ranks are " + ranks.closeness());
    }

    /** Against rules for sums by the tree. */
    Optional<String> notTree() {
        return abilities().treeSums()
                ? Optional.empty()
                : Optional.of("the communicator declares that its sums do not follow the tree");
    }
}
