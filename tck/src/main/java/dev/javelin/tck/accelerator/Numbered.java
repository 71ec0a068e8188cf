package dev.javelin.tck.accelerator;

import dev.javelin.tck.Check;
import dev.javelin.tck.Rule;
import java.util.Optional;

/** Rules of this chapter, so that their subject need not be named at each. */
final class Numbered {
    private Numbered() {}

    /** A rule on the provider or its planner, which need no device. */
    static Rule<AcceleratorSubject> must(String id, String sentence, String intent, Check<AcceleratorSubject> check) {
        return Rule.must(id, sentence, intent, check);
    }

    /** A rule on the opened device. */
    static Rule<AcceleratorSubject> opened(String id, String sentence, String intent, Part part) {
        return Rule.<AcceleratorSubject>must(id, sentence, intent, subject -> subject.on(part))
                .unless(AcceleratorSubject::onlyPlans);
    }

    /** Advice on the opened device. */
    static Rule<AcceleratorSubject> advised(String id, String sentence, String intent, Part part) {
        return Rule.<AcceleratorSubject>should(id, sentence, intent, subject -> subject.on(part))
                .unless(AcceleratorSubject::onlyPlans);
    }

    /** A rule on devices that the check opens itself. */
    static Rule<AcceleratorSubject> openedBy(
            String id, String sentence, String intent, Check<AcceleratorSubject> check) {
        return Rule.must(id, sentence, intent, check).unless(AcceleratorSubject::onlyPlans);
    }

    /** A reason for some, none for others. */
    static Optional<String> reason(boolean against, String reason) {
        return against ? Optional.of(reason) : Optional.empty();
    }
}
