package dev.javelin.tck;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Checks a plugin by the rules of a chapter. A plugin that hangs fails the rule; the kit goes on. */
public final class Certification {
    private Certification() {}

    /**
     * Checks every rule of a chapter, in order.
     *
     * @param progress is told each result as it comes
     */
    public static <S extends Subject> Report run(Chapter<S> chapter, S subject, Consumer<Result> progress) {
        Instant began = Instant.now();
        List<Result> results = new ArrayList<>();
        for (Rule<S> rule : chapter.rules()) {
            Result result = check(rule, subject);
            results.add(result);
            progress.accept(result);
        }
        return Report.of(chapter.name(), subject, began, results);
    }

    /** Checks one rule. */
    public static <S extends Subject> Result check(Rule<S> rule, S subject) {
        long start = System.nanoTime();
        try {
            Optional<String> reason = rule.inapplicable().apply(subject);
            if (reason.isPresent()) {
                return result(rule, Result.Outcome.INAPPLICABLE, reason.get(), null, start);
            }
            String figure =
                    within(rule.id(), subject.deadline(), () -> rule.check().check(subject));
            return result(rule, Result.Outcome.PASSED, figure, null, start);
        } catch (Breach breach) {
            return result(rule, Result.Outcome.FAILED, "", breach, start);
        } catch (RuntimeException | LinkageError error) {
            return result(rule, Result.Outcome.FAILED, "", unexpected(error, rule.id()), start);
        }
    }

    private static Result result(
            Rule<?> rule,
            Result.Outcome outcome,
            String figure,
            @org.jspecify.annotations.Nullable Breach breach,
            long start) {
        return new Result(rule, outcome, figure, breach, (System.nanoTime() - start) / 1e9);
    }

    /** An error where the rule asks for none. */
    public static Breach unexpected(Throwable error, String place) {
        StackTraceElement[] stack = error.getStackTrace();
        String at = stack.length == 0 ? "" : ", at " + stack[0];
        return new Breach(error.toString(), "no error", place + at).causedBy(error);
    }

    /** Runs a check on a thread of its own, which is left alone if it does not end in time. */
    private static String within(String id, Duration limit, java.util.concurrent.Callable<String> check) {
        FutureTask<String> task = new FutureTask<>(check);
        Thread thread = Thread.ofPlatform().daemon().name("tck " + id).start(task);
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            String at = java.util.Arrays.stream(thread.getStackTrace())
                    .filter(frame -> !frame.getClassName().startsWith("java.")
                            && !frame.getClassName().startsWith("jdk."))
                    .limit(4)
                    .map(StackTraceElement::toString)
                    .collect(java.util.stream.Collectors.joining(" < "));
            thread.interrupt();
            throw new Breach("no end after " + limit.toSeconds() + " s", "an end", id + " in " + at);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Breach breach) {
                throw breach;
            }
            throw unexpected(e.getCause() == null ? e : e.getCause(), id);
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw new Breach("the kit was interrupted", "an undisturbed run", id);
        }
    }
}
