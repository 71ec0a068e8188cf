package dev.javelin.tck;

import java.util.Optional;
import java.util.function.Function;

/**
 * One numbered rule and its check. Start from {@link #must}, {@link #should} or {@link #may}.
 *
 * @param id chapter and number, for example {@code COM-07}; never given to another rule
 * @param sentence the rule, in one sentence
 * @param intent why it is one, in a sentence or two
 * @param inapplicable the reason why a subject need not keep it, by what the subject declares; empty if it must
 */
public record Rule<S extends Subject>(
        String id,
        Level level,
        String sentence,
        String intent,
        Function<S, Optional<String>> inapplicable,
        Check<S> check) {

    public static <S extends Subject> Rule<S> must(String id, String sentence, String intent, Check<S> check) {
        return new Rule<>(id, Level.MUST, sentence, intent, subject -> Optional.empty(), check);
    }

    public static <S extends Subject> Rule<S> should(String id, String sentence, String intent, Check<S> check) {
        return new Rule<>(id, Level.SHOULD, sentence, intent, subject -> Optional.empty(), check);
    }

    public static <S extends Subject> Rule<S> may(String id, String sentence, String intent, Check<S> check) {
        return new Rule<>(id, Level.MAY, sentence, intent, subject -> Optional.empty(), check);
    }

    /** The rule for those subjects only for which this gives no reason against it. */
    public Rule<S> unless(Function<S, Optional<String>> reason) {
        return new Rule<>(
                id,
                level,
                sentence,
                intent,
                subject -> inapplicable.apply(subject).or(() -> reason.apply(subject)),
                check);
    }
}
