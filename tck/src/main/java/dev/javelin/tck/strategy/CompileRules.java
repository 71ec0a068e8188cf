package dev.javelin.tck.strategy;

import static dev.javelin.tck.strategy.StrategyChapter.must;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.Compilation;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.tck.Breach;
import dev.javelin.tck.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Plans as the engine carries them out: traced, lowered, placed and verified for a device that need not be there. */
final class CompileRules {
    /** For models at the edges. */
    private static final List<Integer> FEW = List.of(1, 3);

    private CompileRules() {}

    static List<Rule<StrategySubject>> rules() {
        return List.of(
                must(
                        "STR-301",
                        "Every plan compiles, and its programs are verified.",
                        "What a strategy promises, the engine can carry out.",
                        subject -> compiles(subject, Compiled.GPT)),
                must(
                        "STR-302",
                        "Plans for a model with a tied parameter compile: it is one parameter in one unit.",
                        "The head of a language model is often its token embedding.",
                        subject -> compiles(subject, Compiled.TIED)),
                must(
                        "STR-303",
                        "Plans for a model with a frozen parameter compile.",
                        "Fine-tuning leaves parameters alone, which still have to be placed.",
                        subject -> compiles(subject, Compiled.FROZEN)),
                must(
                        "STR-304",
                        "The programs are equal each time they are compiled.",
                        "Ranks compile each for itself, and compare fingerprints before the first step.",
                        CompileRules::repeatable));
    }

    private static Strategy strategy(StrategySubject subject) {
        return subject.provider().strategy(subject.options());
    }

    private static String compiles(StrategySubject subject, Compiled model) {
        List<String> served = new ArrayList<>();
        for (int ranks : model == Compiled.GPT ? Case.SIZES : FEW) {
            for (int accumulation : List.of(1, 3)) {
                String place = model + " on " + ranks + " ranks, " + accumulation + " micro-batches";
                try {
                    Optional<Compilation> made = model.by(subject, strategy(subject), ranks, accumulation);
                    made.ifPresent(compilation -> served.add(ranks + "x" + accumulation + " "
                            + compilation.memory().peakBytes()));
                } catch (JavelinException e) {
                    throw new Breach(String.valueOf(e.getMessage()), "programs", place).causedBy(e);
                }
            }
        }
        Breach.unless(!served.isEmpty(), "every mesh is refused", "programs on one", model.toString());
        return "ranks x micro-batches and peak bytes: " + String.join(", ", served);
    }

    private static String repeatable(StrategySubject subject) {
        int programs = 0;
        for (int ranks : FEW) {
            Optional<Compilation> one = Compiled.GPT.by(subject, strategy(subject), ranks, 3);
            Optional<Compilation> other = Compiled.GPT.by(subject, strategy(subject), ranks, 3);
            Breach.unlessEqual(text(one), text(other), "programs for " + ranks + " ranks");
            programs += one.map(made -> made.programs().size()).orElse(0);
        }
        return programs + " programs, twice each";
    }

    private static List<String> text(Optional<Compilation> made) {
        return made.stream()
                .flatMap(compilation -> compilation.programs().values().stream())
                .map(placed -> placed.schedule().program().toString())
                .toList();
    }
}
