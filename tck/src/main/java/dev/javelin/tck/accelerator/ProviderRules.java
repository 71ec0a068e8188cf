package dev.javelin.tck.accelerator;

import static dev.javelin.tck.accelerator.Numbered.must;
import static dev.javelin.tck.accelerator.Numbered.openedBy;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** What an accelerator says of itself, and which options it takes. */
final class ProviderRules {
    private static final String UNKNOWN = "tck-no-such-option";

    private ProviderRules() {}

    static List<Rule<AcceleratorSubject>> rules() {
        return List.of(
                must(
                        "ACC-101",
                        "The name is one word in lower case and the same at each call.",
                        "Users write it on the command line and in configuration files.",
                        ProviderRules::name),
                must(
                        "ACC-102",
                        "spiMajor returns Spi.MAJOR.",
                        "The loader leaves out a plugin built for another SPI instead of failing in the middle of a"
                                + " run.",
                        subject -> {
                            Breach.unlessEqual(Spi.MAJOR, subject.provider().spiMajor(), "spiMajor");
                            return "major " + Spi.MAJOR;
                        }),
                must(
                        "ACC-103",
                        "probe never throws and gives its reason in one line.",
                        "javelin plugins shows all plugins, those whose driver or device is missing included.",
                        ProviderRules::probe),
                must(
                        "ACC-104",
                        "planner and open refuse an option that the accelerator does not know with JVL-CFG-0009 and its"
                                + " name.",
                        "A misspelt option that is ignored is a setting silently not obeyed.",
                        ProviderRules::unknownOption),
                openedBy(
                        "ACC-105",
                        "A device that its probe calls available opens, and one that opens without options is called"
                                + " so.",
                        "What javelin plugins calls available must not fail at the start of a run.",
                        ProviderRules::opens),
                must(
                        "ACC-106",
                        "The planner carries the name of the provider.",
                        "Reports and errors name the accelerator as users wrote it.",
                        subject -> {
                            Breach.unlessEqual(
                                    subject.provider().name(), subject.planner().name(), "name of the planner");
                            return subject.planner().name();
                        }),
                must(
                                "ACC-107",
                                "Where there is no device, open fails with a code, and the planner works all the same.",
                                "Jobs are planned on machines without the device, and told what is missing when they"
                                        + " run there.",
                                ProviderRules::absent)
                        .unless(subject -> Numbered.reason(subject.onlyPlans().isEmpty(), "the device is here")));
    }

    private static String name(AcceleratorSubject subject) {
        String name = subject.provider().name();
        Breach.unless(
                name != null && name.matches("[a-z][a-z0-9-]*"), "'" + name + "'", "lower case, digits and -", "name");
        Breach.unlessEqual(name, subject.provider().name(), "name at the second call");
        return name;
    }

    private static String probe(AcceleratorSubject subject) {
        long start = System.nanoTime();
        Probe probe = subject.provider().probe();
        Probe again = subject.provider().probe();
        double millis = (System.nanoTime() - start) / 2e6;
        for (Probe each : List.of(probe, again)) {
            Breach.unless(
                    !each.reason().isBlank() && each.reason().lines().count() == 1,
                    "'" + each.reason() + "'",
                    "one line",
                    "reason of the probe");
        }
        return String.format(Locale.ROOT, "%s (%.1f ms)", probe.reason(), millis);
    }

    private static String unknownOption(AcceleratorSubject subject) {
        Map<String, String> values = new LinkedHashMap<>(subject.options().values());
        values.put(UNKNOWN, "1");
        Options options = new Options(subject.options().owner(), values);
        refuses("planner", options, subject.provider()::planner);
        if (subject.onlyPlans().isPresent()) {
            return "planner";
        }
        return refuses("open", options, o -> subject.provider().open(o).close());
    }

    private static String refuses(String what, Options options, Consumer<Options> call) {
        JavelinException error = Bench.refused(() -> call.accept(options), what + " with the option " + UNKNOWN);
        Breach.unless(
                error.code().equals("JVL-CFG-0009")
                        && String.valueOf(error.getMessage()).contains(UNKNOWN),
                String.valueOf(error.getMessage()),
                "JVL-CFG-0009 that names the option",
                what + " with the option " + UNKNOWN);
        return String.valueOf(error.getMessage());
    }

    private static String absent(AcceleratorSubject subject) {
        JavelinException error = Bench.refused(() -> subject.open().close(), "open without a device");
        Breach.unless(subject.planner().alignmentBytes() > 0, "no alignment", "one", "the planner without a device");
        return String.valueOf(error.getMessage());
    }

    private static String opens(AcceleratorSubject subject) throws Exception {
        Probe probe = subject.provider().probe();
        // options may say where what it needs is, which a probe is not told
        Breach.unless(
                probe.available() || !subject.options().values().isEmpty(),
                "unavailable: " + probe.reason(),
                "available",
                "probe of what opens here without options");
        return subject.on(bench -> {
            Breach.unlessEqual(
                    subject.planner().name(), bench.device().planner().name(), "name of the opened device's planner");
            return probe.reason();
        });
    }
}
