package dev.javelin.tck.junit;

import dev.javelin.tck.Certification;
import dev.javelin.tck.Chapter;
import dev.javelin.tck.Level;
import dev.javelin.tck.Result;
import dev.javelin.tck.Rule;
import dev.javelin.tck.Subject;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;

/** The rules of a chapter as tests, for a {@code @TestFactory} of a vendor. */
public final class RuleTests {
    private RuleTests() {}

    /**
     * A test for each rule. A MUST that is not kept fails; a rule that does not apply, and a SHOULD or MAY that is not
     * kept, is reported as aborted with its reason, never as passed.
     */
    public static <S extends Subject> Stream<DynamicTest> of(Chapter<S> chapter, S subject) {
        return chapter.rules().stream()
                .map(rule -> DynamicTest.dynamicTest(
                        rule.id() + " " + rule.level() + " " + rule.sentence(), () -> check(rule, subject)));
    }

    private static <S extends Subject> void check(Rule<S> rule, S subject) {
        Result result = Certification.check(rule, subject);
        if (result.outcome() == Result.Outcome.INAPPLICABLE) {
            Assumptions.abort("does not apply: " + result.figure());
        }
        if (result.breach() != null) {
            if (rule.level() == Level.MUST) {
                Assertions.fail(rule.id() + " " + result.breach().getMessage(), result.breach());
            }
            Assumptions.abort(rule.level() + " is not kept: " + result.breach().getMessage());
        }
    }
}
