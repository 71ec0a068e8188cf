package dev.javelin.tck.communicator;

import dev.javelin.tck.Chapter;
import dev.javelin.tck.Rule;
import java.util.List;
import java.util.stream.Stream;

/** The rules that every communicator keeps. */
public final class CommunicatorChapter {
    private static final String INTRODUCTION = """
            Rules for a `dev.javelin.spi.communicator.CommunicatorProvider` and the communicators that ranks get from its
            `join`. They are checked over worlds of 1, 2, 3, 4, 5 and 8 ranks as threads of one JVM, or over the processes
            that run the kit together. Sums are compared bit by bit with a scalar tree if the communicator declares
            `treeSums`, within the bound of any order if it does not. This file is written from the code by
            `javelin tck rules --markdown communicator`; a test compares the two.""";

    private CommunicatorChapter() {}

    public static Chapter<CommunicatorSubject> chapter() {
        List<Rule<CommunicatorSubject>> rules = Stream.of(
                        ProviderRules.rules(),
                        ValueRules.rules(),
                        QueueRules.rules(),
                        DisagreementRules.rules(),
                        ArgumentRules.rules(),
                        WaitingRules.rules(),
                        ByteRules.rules(),
                        GroupRules.rules(),
                        EndRules.rules(),
                        ResourceRules.rules())
                .flatMap(List::stream)
                .toList();
        return new Chapter<>("communicator", "Communicators", INTRODUCTION, rules);
    }
}
