package dev.javelin.engine.world.link;

import dev.javelin.engine.world.Pulse.Phase;
import dev.javelin.engine.world.link.ControlServer.Keeper;
import dev.javelin.engine.world.watch.Failure;
import dev.javelin.engine.world.watch.PulseReport;
import dev.javelin.engine.world.watch.Verdict;
import dev.javelin.engine.world.wire.Body;
import dev.javelin.engine.world.wire.Frames.Frame;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The messages of the control connection, as the package's page lists them. */
final class Messages {
    static final byte JOIN = 1;
    static final byte HEART = 2;
    static final byte FAILED = 3;
    static final byte ENDED = 4;
    static final byte PUT = 5;
    static final byte GET = 6;
    static final byte LEAVE = 7;
    static final byte STARTED = 8;

    static final byte JOINED = 16;
    static final byte REFUSED = 17;
    static final byte WORLD = 18;
    static final byte BEAT = 19;
    static final byte ANSWER = 20;
    static final byte ALL_ENDED = 21;
    static final byte VERDICT = 22;

    private static final int MOST_TEXT_CHARS = 8_000;

    /**
     * A process asks to join.
     *
     * @param ranks how many ranks each process has
     * @param identity of its host
     * @param dataPort where its ranks take connections
     */
    record Join(
            String job,
            String version,
            int process,
            List<Integer> ranks,
            String host,
            long pid,
            String identity,
            int dataPort) {}

    /** A process is refused. */
    record Refusal(String code, String problem, String remedy) {}

    /**
     * One process as all are told of it.
     *
     * @param address where it is reached; empty if where the server is
     */
    record Neighbour(String host, long pid, String identity, byte[] address, int dataPort) {}

    /** A request for the common store: its number, key, and value of a PUT. */
    record Request(long id, String key, byte[] value) {}

    private Messages() {}

    static Frame join(Join join) {
        return frame(
                JOIN,
                new Body.Writer()
                        .text(join.job())
                        .text(join.version())
                        .number(join.process())
                        .numbers(join.ranks())
                        .text(join.host())
                        .number(join.pid())
                        .text(join.identity())
                        .number(join.dataPort()));
    }

    static Join readJoin(Frame frame) throws IOException {
        Body.Reader in = new Body.Reader(frame.body());
        return new Join(
                in.text(),
                in.text(),
                in.index(Integer.MAX_VALUE),
                in.numbers(),
                in.text(),
                in.number(),
                in.text(),
                in.index(1 << 16));
    }

    /** @param who runs the server, of rank {@code rank} or -1 */
    static Frame joined(String who, int rank) {
        return frame(JOINED, new Body.Writer().text(who).number(rank));
    }

    static Keeper readJoined(Frame frame) throws IOException {
        Body.Reader in = new Body.Reader(frame.body());
        return new Keeper(in.text(), (int) in.number(), false);
    }

    static Frame refused(Refusal refusal) {
        return frame(
                REFUSED,
                new Body.Writer().text(refusal.code()).text(refusal.problem()).text(refusal.remedy()));
    }

    static Refusal readRefusal(Frame frame) throws IOException {
        Body.Reader in = new Body.Reader(frame.body());
        return new Refusal(in.text(), in.text(), in.text());
    }

    static Frame world(List<Neighbour> neighbours) {
        Body.Writer out = new Body.Writer().number(neighbours.size());
        for (Neighbour each : neighbours) {
            out.text(each.host())
                    .number(each.pid())
                    .text(each.identity())
                    .bytes(each.address())
                    .number(each.dataPort());
        }
        return frame(WORLD, out);
    }

    static List<Neighbour> readWorld(Frame frame) throws IOException {
        Body.Reader in = new Body.Reader(frame.body());
        int count = in.index(frame.body().length);
        List<Neighbour> neighbours = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            neighbours.add(new Neighbour(in.text(), in.number(), in.text(), in.bytes(), in.index(1 << 16)));
        }
        return neighbours;
    }

    static Frame heart(List<PulseReport> ranks) {
        Body.Writer out = new Body.Writer().number(ranks.size());
        for (PulseReport rank : ranks) {
            out.number(rank.rank())
                    .number(rank.phase().ordinal())
                    .number(rank.step())
                    .number(rank.counter())
                    .number(rank.polls())
                    .text(cut(rank.activity()))
                    .flag(rank.begun())
                    .flag(rank.inCollective())
                    .number(rank.ticket())
                    .text(cut(rank.ticketText()))
                    .number(rank.waitedNanos());
        }
        return frame(HEART, out);
    }

    /** @param ranks number of ranks in the world */
    static List<PulseReport> readHeart(Frame frame, int ranks) throws IOException {
        Body.Reader in = new Body.Reader(frame.body());
        int count = in.index(ranks + 1);
        List<PulseReport> reports = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            reports.add(new PulseReport(
                    in.index(ranks),
                    Phase.values()[in.index(Phase.values().length)],
                    in.number(),
                    in.number(),
                    in.number(),
                    in.text(),
                    in.flag(),
                    in.flag(),
                    in.number(),
                    in.text(),
                    in.number()));
        }
        return reports;
    }

    static Frame failed(Failure failure) {
        Body.Writer out = new Body.Writer()
                .number(failure.rank())
                .text(failure.code())
                .text(cut(failure.problem()))
                .text(cut(failure.remedy()))
                .number(failure.kind().ordinal())
                .number(failure.guilty())
                .flag(failure.early())
                .flag(failure.dispute().isPresent());
        failure.dispute()
                .ifPresent(calls -> out.number(calls.ticket())
                        .text(cut(calls.text()))
                        .number(calls.other())
                        .number(calls.otherTicket())
                        .text(cut(calls.otherText())));
        return frame(FAILED, out);
    }

    static Failure readFailed(Frame frame, int ranks) throws IOException {
        Body.Reader in = new Body.Reader(frame.body());
        int rank = in.index(ranks);
        String code = in.text();
        String problem = in.text();
        String remedy = in.text();
        Failure.Kind kind = Failure.Kind.values()[in.index(Failure.Kind.values().length)];
        int guilty = (int) in.number();
        boolean early = in.flag();
        Optional<Failure.Dispute> dispute = in.flag()
                ? Optional.of(new Failure.Dispute(
                        in.number(), in.text(), in.index(Integer.MAX_VALUE), in.number(), in.text()))
                : Optional.empty();
        return new Failure(rank, code, problem, remedy, kind, guilty, early, dispute);
    }

    static Frame request(byte type, Request request) {
        return frame(
                type, new Body.Writer().number(request.id()).text(request.key()).bytes(request.value()));
    }

    static Request readRequest(Frame frame) throws IOException {
        Body.Reader in = new Body.Reader(frame.body());
        return new Request(in.number(), in.text(), in.bytes());
    }

    /** @param value of a GET, or one byte that says whether a PUT was the first of its key */
    static Frame answer(long id, byte[] value) {
        return frame(ANSWER, new Body.Writer().number(id).bytes(value));
    }

    static Frame verdict(Verdict verdict) {
        return frame(
                VERDICT,
                new Body.Writer()
                        .text(verdict.code())
                        .number(verdict.rank())
                        .text(cut(verdict.problem()))
                        .text(cut(verdict.remedy()))
                        .flag(verdict.alike()));
    }

    static Verdict readVerdict(Frame frame) throws IOException {
        Body.Reader in = new Body.Reader(frame.body());
        return new Verdict(in.text(), (int) in.number(), in.text(), in.text(), in.flag());
    }

    /** The number and value of an ANSWER. */
    record Answer(long id, byte[] value) {}

    static Answer readAnswer(Frame frame) throws IOException {
        Body.Reader in = new Body.Reader(frame.body());
        return new Answer(in.number(), in.bytes());
    }

    /** A message that is one number. */
    static Frame number(byte type, long value) {
        return frame(type, new Body.Writer().number(value));
    }

    static long readNumber(Frame frame) throws IOException {
        return new Body.Reader(frame.body()).number();
    }

    /** A message that its type says all of. */
    static Frame plain(byte type) {
        return new Frame(type, new byte[0]);
    }

    private static Frame frame(byte type, Body.Writer body) {
        return new Frame(type, body.done());
    }

    private static String cut(String text) {
        return text.length() <= MOST_TEXT_CHARS ? text : text.substring(0, MOST_TEXT_CHARS) + "...";
    }
}
