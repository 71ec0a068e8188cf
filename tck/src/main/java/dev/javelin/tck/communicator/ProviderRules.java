package dev.javelin.tck.communicator;

import static dev.javelin.tck.communicator.Numbered.must;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.Communicator;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a communicator says of itself, and how ranks join. */
final class ProviderRules {
    private static final String UNKNOWN = "tck-no-such-option";

    private ProviderRules() {}

    static List<Rule<CommunicatorSubject>> rules() {
        return List.of(
                must(
                        "COM-101",
                        "The name is one word in lower case and the same at each call.",
                        "Users write it on the command line and in configuration files.",
                        ProviderRules::name),
                must(
                        "COM-102",
                        "spiMajor returns Spi.MAJOR.",
                        "The loader leaves out a plugin built for another SPI instead of failing in the middle of a run.",
                        subject -> {
                            Breach.unlessEqual(Spi.MAJOR, subject.provider().spiMajor(), "spiMajor");
                            return "major " + Spi.MAJOR;
                        }),
                must(
                        "COM-103",
                        "probe never throws and gives its reason in one line.",
                        "javelin plugins shows all plugins, those that cannot work here included.",
                        ProviderRules::probe),
                must(
                        "COM-104",
                        "abilities are equal at each call.",
                        "The engine and this kit choose by them what to ask for.",
                        subject -> {
                            Abilities first = subject.provider().abilities();
                            for (int i = 0; i < 3; i++) {
                                Breach.unlessEqual(first, subject.provider().abilities(), "abilities");
                            }
                            return String.valueOf(first);
                        }),
                must(
                        "COM-105",
                        "join refuses an option that it does not know with JVL-CFG-0009.",
                        "A misspelt option that is ignored is a setting silently not obeyed.",
                        subject -> subject.soon(List.of(ProviderRules::unknownOption))),
                must(
                                "COM-106",
                                "join refuses ranks that are closer or farther than its abilities say with JVL-COM-0004.",
                                "What would hang or fail in the first collective is refused at the start, with who can.",
                                ProviderRules::closeness)
                        .unless(subject -> strangers(subject).isEmpty()
                                ? Optional.of("it serves threads, processes and hosts")
                                : Optional.empty()),
                must(
                                "COM-107",
                                "join returns when all ranks have joined, and not before.",
                                "All memory and connections are ready before the first collective is timed.",
                                subject -> subject.once(ProviderRules::late))
                        .unless(CommunicatorSubject::alone),
                must(
                        "COM-108",
                        "rank and size are those of the seat.",
                        "Shards are found by rank.",
                        subject -> subject.each(bench -> {
                            Communicator world = bench.join();
                            bench.requireEqual(bench.rank(), world.rank(), "rank");
                            bench.requireEqual(bench.size(), world.size(), "size");
                            return 1;
                        })),
                must(
                        "COM-109",
                        "Each key is put once, values have at most 64 KiB, and connections to a peer have names of their"
                                + " own.",
                        "The seat is a narrow place, shared by all ranks of a job.",
                        subject -> subject.each(ProviderRules::seat)));
    }

    private static String name(CommunicatorSubject subject) {
        String name = subject.provider().name();
        Breach.unless(
                name != null && name.matches("[a-z][a-z0-9-]*"), "'" + name + "'", "lower case, digits and -", "name");
        Breach.unlessEqual(name, subject.provider().name(), "name at the second call");
        return name;
    }

    private static String probe(CommunicatorSubject subject) {
        Probe probe = subject.provider().probe();
        Breach.unless(
                !probe.reason().isBlank() && probe.reason().lines().count() == 1,
                "'" + probe.reason() + "'",
                "one line",
                "reason of the probe");
        return probe.reason();
    }

    private static long unknownOption(Workbench bench) {
        bench.at("join with option " + UNKNOWN);
        Options options = bench.subject().options();
        Map<String, String> values = new LinkedHashMap<>(options.values());
        values.put(UNKNOWN, "1");
        JavelinException error = bench.failed(() -> bench.join(new Options(options.owner(), values)));
        bench.require(
                error.code().equals("JVL-CFG-0009")
                        && String.valueOf(error.getMessage()).contains(UNKNOWN),
                String.valueOf(error.getMessage()),
                "JVL-CFG-0009 that names the option");
        bench.meet();
        return 1;
    }

    /** What the communicator does not declare, as far as this kit can pretend it. */
    private static List<Seat.Closeness> strangers(CommunicatorSubject subject) {
        Abilities abilities = subject.abilities();
        List<Seat.Closeness> strangers = new ArrayList<>();
        if (!abilities.threads()) {
            strangers.add(Seat.Closeness.THREADS);
        }
        if (!abilities.processes()) {
            strangers.add(Seat.Closeness.PROCESSES);
        }
        if (!abilities.hosts()) {
            strangers.add(Seat.Closeness.HOSTS);
        }
        return strangers;
    }

    private static String closeness(CommunicatorSubject subject) {
        List<Part> parts = new ArrayList<>();
        for (Seat.Closeness stranger : strangers(subject)) {
            parts.add(bench -> {
                bench.at("join of " + stranger);
                bench.seat().pretend(stranger);
                JavelinException error = bench.failed(bench::join);
                bench.requireEqual("JVL-COM-0004", error.code(), error.getMessage() + ":");
                bench.meet();
                return 1;
            });
        }
        return subject.soon(parts);
    }

    private static long late(Workbench bench) {
        boolean last = bench.rank() == bench.size() - 1;
        bench.meet();
        if (last) {
            bench.hold(bench.extent().holdMillis() / 2);
        }
        long begin = Clocks.millis();
        bench.join();
        long end = Clocks.millis();
        List<String> begins = bench.exchange(String.valueOf(begin));
        long latest = begins.stream().mapToLong(Long::parseLong).max().orElseThrow();
        bench.require(
                end + Clocks.TOLERANCE_MILLIS >= latest,
                "join returned " + (latest - end) + " ms before the last rank began its own",
                "to wait for all");
        return 1;
    }

    private static long seat(Workbench bench) {
        Communicator world = bench.join();
        Exercise.once(bench, world, Exercise.Form.of(Exercise.Kind.ALL_GATHER, 100, 1));
        world.split(bench.rank() % 2, 0).ifPresent(bench::keep);
        bench.requireEqual(List.of(), bench.seat().faults(), "uses of the seat");
        return 1;
    }
}
