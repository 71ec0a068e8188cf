package dev.javelin.engine.world.watch;

import dev.javelin.api.JavelinException;
import dev.javelin.engine.world.RankFailure;
import dev.javelin.spi.communicator.Disagreement;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a rank's own code threw, as told to the watch.
 *
 * @param rank who threw
 * @param code of the error; empty if it has none
 * @param problem what happened
 * @param remedy what to do about it; empty if unknown
 * @param kind what it says about the world
 * @param guilty the rank that a {@link Kind#VERDICT} names
 * @param early whether the rank had begun no collective yet
 * @param dispute the calls in question, of a {@link Kind#DISPUTE}
 */
public record Failure(
        int rank,
        String code,
        String problem,
        String remedy,
        Kind kind,
        int guilty,
        boolean early,
        Optional<Dispute> dispute) {

    /** CAUSE is the rank's own fault; SYMPTOM may follow from another's; VERDICT names who is guilty itself. */
    public enum Kind {
        CAUSE,
        SYMPTOM,
        DISPUTE,
        VERDICT
    }

    /**
     * Two calls that should be one.
     *
     * @param ticket of the rank that noticed
     * @param text what that ticket stands for
     * @param other the other rank, within the group
     * @param otherTicket of the other rank
     * @param otherText what the rank that noticed takes that ticket for
     */
    public record Dispute(long ticket, String text, int other, long otherTicket, String otherText) {}

    /** An error of the rank's own code, without a code of ours. */
    public static Failure of(int rank, String problem) {
        return new Failure(rank, "", problem, "", Kind.CAUSE, rank, false, Optional.empty());
    }

    public Failure withCode(String newCode, String newRemedy) {
        return new Failure(rank, newCode, problem, newRemedy, kind, guilty, early, dispute);
    }

    public Failure withKind(Kind newKind, int newGuilty) {
        return new Failure(rank, code, problem, remedy, newKind, newGuilty, early, dispute);
    }

    public Failure withEarly(boolean before) {
        return new Failure(rank, code, problem, remedy, kind, guilty, before, dispute);
    }

    public Failure withDispute(Dispute calls) {
        return new Failure(rank, code, problem, remedy, Kind.DISPUTE, guilty, early, Optional.of(calls));
    }

    /** What a rank threw, with the tickets in its own words. */
    public static Failure of(int rank, Throwable thrown, boolean early, LongFunction<String> tickets) {
        Disagreement disagreement = cause(thrown, Disagreement.class);
        RankFailure verdict = cause(thrown, RankFailure.class);
        JavelinException coded = cause(thrown, JavelinException.class);
        Failure failure = (coded == null
                        ? of(rank, String.valueOf(thrown))
                        : of(rank, coded.problem()).withCode(coded.code(), coded.remedy()))
                .withEarly(early);
        if (verdict != null) {
            return failure.withKind(Kind.VERDICT, verdict.rank());
        }
        if (disagreement != null) {
            return failure.withDispute(new Dispute(
                    disagreement.ticket(),
                    tickets.apply(disagreement.ticket()),
                    disagreement.other(),
                    disagreement.otherTicket(),
                    tickets.apply(disagreement.otherTicket())));
        }
        boolean symptom = coded == null
                ? cause(thrown, IOException.class) != null
                : coded.area().equals("COM");
        return symptom ? failure.withKind(Kind.SYMPTOM, rank) : failure;
    }

    private static <T> @Nullable T cause(Throwable thrown, Class<T> type) {
        Throwable current = thrown;
        for (int depth = 0; current != null && depth < 50; depth++) {
            if (type.isInstance(current)) {
                return type.cast(current);
            }
            current = current.getCause();
        }
        return null;
    }

    /** Whether all ranks find it together: they have losses and norms in common. */
    boolean common() {
        return code.startsWith("JVL-NUM-");
    }

    /** Whether two ranks failed in the same way. */
    boolean alike(Failure that) {
        return code.equals(that.code) && problem.equals(that.problem);
    }

    /** The error in one line. */
    String text() {
        return code.isEmpty() ? problem : code + " " + problem;
    }
}
