package dev.javelin.tck.strategy;

import dev.javelin.tck.Chapter;
import dev.javelin.tck.Check;
import dev.javelin.tck.Rule;
import java.util.List;
import java.util.stream.Stream;

/** The rules that every strategy keeps. */
public final class StrategyChapter {
    private static final String INTRODUCTION = """
            Rules for a `dev.javelin.spi.strategy.StrategyProvider` and the plans that its strategies make. Plans are asked
            for models of several shapes (empty, one parameter, blocks, frozen, large, with names of an engine's words) on
            meshes of 1, 2, 3, 4 and 8 ranks with 1 and 3 micro-batches; small models are compiled by the engine for a
            device that need not be there. A mesh or model that a strategy refuses with a code of `JVL-STR` is left out;
            what it does not refuse must be right. This file is written from the code by
            `javelin tck rules --markdown strategy`; a test compares the two.""";

    private StrategyChapter() {}

    public static Chapter<StrategySubject> chapter() {
        List<Rule<StrategySubject>> rules = Stream.of(ProviderRules.rules(), PlanRules.rules(), CompileRules.rules())
                .flatMap(List::stream)
                .toList();
        return new Chapter<>("strategy", "Strategies", INTRODUCTION, rules);
    }

    static Rule<StrategySubject> must(String id, String sentence, String intent, Check<StrategySubject> check) {
        return Rule.must(id, sentence, intent, check);
    }
}
