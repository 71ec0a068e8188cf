package dev.javelin.tck.accelerator;

import dev.javelin.tck.Chapter;
import dev.javelin.tck.Rule;
import java.util.List;
import java.util.stream.Stream;

/** The rules that every accelerator keeps. */
public final class AcceleratorChapter {
    private static final String INTRODUCTION = """
        Rules for a `dev.javelin.spi.device.AcceleratorProvider`, its planner and the device that it opens. Device memory
        is reached by copies alone, so a device with memory of its own is checked like the host's. Every operation that
        the planner takes is compared with an oracle that computes in FLOAT64, in all floating types that it takes. A
        device that can only be planned for is checked by the rules on provider and planner; the others are reported as
        not applying. This file is written from the code by `javelin tck rules --markdown accelerator`; a test compares
        the two.\
        """;

    private AcceleratorChapter() {}

    public static Chapter<AcceleratorSubject> chapter() {
        List<Rule<AcceleratorSubject>> rules = Stream.of(
                        ProviderRules.rules(),
                        PlannerRules.rules(),
                        MemoryRules.rules(),
                        LimitRules.rules(),
                        CopyRules.rules(),
                        QueueRules.rules(),
                        OwnershipRules.rules(),
                        ClockRules.rules(),
                        ValueRules.rules(),
                        LaunchRules.rules(),
                        SpecialRules.rules(),
                        FusedRules.rules(),
                        StepRules.rules())
                .flatMap(List::stream)
                .toList();
        return new Chapter<>("accelerator", "Accelerators", INTRODUCTION, rules);
    }
}
