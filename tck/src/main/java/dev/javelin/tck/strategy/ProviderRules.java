package dev.javelin.tck.strategy;

import static dev.javelin.tck.strategy.StrategyChapter.must;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a strategy says of itself, and which options it takes. */
final class ProviderRules {
    private static final String UNKNOWN = "tck-no-such-option";

    private ProviderRules() {}

    static List<Rule<StrategySubject>> rules() {
        return List.of(
                must(
                        "STR-101",
                        "The name is one word in lower case and the same at each call.",
                        "Users write it on the command line and in configuration files.",
                        ProviderRules::name),
                must(
                        "STR-102",
                        "spiMajor returns Spi.MAJOR.",
                        "The loader leaves out a plugin built for another SPI instead of failing in the middle of a run.",
                        subject -> {
                            Breach.unlessEqual(Spi.MAJOR, subject.provider().spiMajor(), "spiMajor");
                            return "major " + Spi.MAJOR;
                        }),
                must(
                        "STR-103",
                        "probe never throws and gives its reason in one line.",
                        "javelin plugins shows all plugins, those that cannot work here included.",
                        ProviderRules::probe),
                must(
                        "STR-104",
                        "An option that the strategy does not know is refused with JVL-CFG-0009.",
                        "A misspelt option that is ignored is a setting silently not obeyed.",
                        ProviderRules::unknownOption));
    }

    private static String name(StrategySubject subject) {
        String name = subject.provider().name();
        // Lightning's names have underscores.
        Breach.unless(
                name != null && name.matches("[a-z][a-z0-9_-]*"),
                "'" + name + "'",
                "lower case, digits, - and _",
                "name");
        Breach.unlessEqual(name, subject.provider().name(), "name at the second call");
        return name;
    }

    private static String probe(StrategySubject subject) {
        Probe probe = subject.provider().probe();
        Breach.unless(
                !probe.reason().isBlank() && probe.reason().lines().count() == 1,
                "'" + probe.reason() + "'",
                "one line",
                "reason of the probe");
        return probe.reason();
    }

    private static String unknownOption(StrategySubject subject) {
        Map<String, String> values = new LinkedHashMap<>(subject.options().values());
        values.put(UNKNOWN, "1");
        try {
            subject.provider().strategy(new Options(subject.options().owner(), values));
        } catch (JavelinException error) {
            Breach.unless(
                    error.code().equals("JVL-CFG-0009")
                            && String.valueOf(error.getMessage()).contains(UNKNOWN),
                    String.valueOf(error.getMessage()),
                    "JVL-CFG-0009 that names the option",
                    "option " + UNKNOWN);
            return String.valueOf(error.getMessage());
        }
        throw new Breach("a strategy", "JVL-CFG-0009", "option " + UNKNOWN);
    }
}
