package dev.javelin.engine.ranks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Share;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.run.StepResult;
import dev.javelin.engine.run.Team;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.QueueRole;
import dev.javelin.spi.strategy.Mesh;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What several ranks compute together is what one computes alone, whatever the rows, the queues and the micro-batches. */
class ReplicasTest {
    private static final String GPT = "layers=2,width=24,heads=3,vocab=31,block=9";
    private static final int BLOCK = 9;
    private static final int STEPS = 3;

    /** What a rank has at the end. */
    private record Outcome(Map<String, double[]> state, List<Double> losses, List<Double> norms, long sentBytes) {}

    private static CompileOptions options(long rows, int accumulation, int ranks) {
        return CompileOptions.training(
                        DType.FLOAT64,
                        Fixtures.tokens(Share.most(rows, ranks), BLOCK),
                        ParameterGroup.noDecayForVectors(AdamW.standard()))
                .withClipping(Clipping.byNorm(1))
                .withAveraging(Averaging.ema(0.9))
                .withAccumulation(accumulation)
                .withMesh(Mesh.data(ranks));
    }

    private static Outcome train(Compilation compilation, SessionOptions session, long rows, int rank, int threads) {
        try (Accelerator device = Fixtures.device("threads", Integer.toString(threads));
                Session run = Session.open(compilation, device, session.withPoison(true))) {
            run.initialize(7);
            List<Double> losses = new ArrayList<>();
            List<Double> norms = new ArrayList<>();
            long sent = 0;
            for (int step = 1; step <= STEPS; step++) {
                List<HostBatch> batches = new ArrayList<>();
                for (int micro = 0; micro < compilation.options().accumulation(); micro++) {
                    batches.add(share(
                            rows,
                            step * 10L + micro,
                            rank,
                            compilation.options().mesh().size()));
                }
                StepResult result = run.train(step, 1e-2, 7, batches);
                assertTrue(result.finite());
                losses.add(result.loss());
                norms.add(result.gradientNorm());
                sent = result.communication().bytes();
            }
            return new Outcome(Fixtures.state(run), losses, norms, sent);
        }
    }

    private static HostBatch share(long rows, long seed, int rank, int ranks) {
        HostBatch whole = Fixtures.randomTokens(rows, BLOCK, 31, seed);
        Share share = Share.of(rows, rank, ranks);
        Map<String, MemorySegment> fields = new HashMap<>();
        whole.fields().forEach((name, memory) -> {
            MemorySegment part = Arena.ofAuto().allocate(Share.most(rows, ranks) * BLOCK * 4, 64);
            part.fill(name.equals("targets") ? (byte) -1 : 0);
            part.copyFrom(memory.asSlice(share.first() * BLOCK * 4, share.rows() * BLOCK * 4));
            fields.put(name, part);
        });
        return new HostBatch(fields, share.rows(), share.first());
    }

    private static List<Outcome> together(long rows, int accumulation, int ranks, int threads) {
        Compilation compilation = compile(options(rows, accumulation, ranks), threads);
        return Ranks.run(
                ranks,
                (Team team) ->
                        train(compilation, SessionOptions.standard().withTeam(team), rows, team.rank(), threads));
    }

    private static Compilation compile(CompileOptions options, int threads) {
        TrainingModule module = Fixtures.gpt(GPT);
        return Compilation.compile(
                module, options, Fixtures.HALVES, Fixtures.planner("threads", Integer.toString(threads)));
    }

    @ParameterizedTest(name = "{0} rows, {1} micro-batches, {2} ranks of {3} threads")
    @CsvSource({"4,1,2,1", "4,1,2,2", "4,3,2,2", "5,2,3,2", "2,1,4,1", "8,2,4,2"})
    void ranksTogetherAreOneThatHasAllRows(long rows, int accumulation, int ranks, int threads) {
        Compilation alone = compile(options(rows, accumulation, 1), 1);
        Outcome one = train(alone, SessionOptions.standard(), rows, 0, 1);
        List<Outcome> many = together(rows, accumulation, ranks, threads);
        for (Outcome outcome : many) {
            for (int step = 0; step < STEPS; step++) {
                assertEquals(one.losses().get(step), outcome.losses().get(step), 1e-12);
                assertEquals(one.norms().get(step), outcome.norms().get(step), 1e-10);
            }
            one.state()
                    .forEach((key, values) ->
                            assertArrayEquals(values, outcome.state().get(key), 1e-10, key));
            assertEquals(many.getFirst().losses(), outcome.losses());
            many.getFirst()
                    .state()
                    .forEach((key, values) ->
                            assertArrayEquals(values, outcome.state().get(key), key));
        }
    }

    @Test
    void aQueueOfItsOwnChangesNoBitAndOverlapsBackward() {
        List<Outcome> inline = together(4, 1, 2, 1);
        List<Outcome> beside = together(4, 1, 2, 2);
        inline.getFirst()
                .state()
                .forEach((key, values) ->
                        assertArrayEquals(values, beside.getFirst().state().get(key), key));
        Schedule schedule = compile(options(4, 1, 2), 2).program("train.only").schedule();
        int first = first(schedule, QueueRole.COMMUNICATION, 0);
        int next = first(schedule, QueueRole.COMPUTE, first);
        assertTrue(!schedule.happensBefore(first, next), "what follows a reduction does not wait for it");
    }

    private static int first(Schedule schedule, QueueRole queue, int from) {
        for (int i = from; i < schedule.issues().size(); i++) {
            boolean view = schedule.issues().get(i).instruction().view().isPresent();
            if (!view && schedule.issues().get(i).queue() == queue) {
                return i;
            }
        }
        throw new IllegalStateException("nothing on " + queue);
    }

    @ParameterizedTest
    @CsvSource({"2,1", "2,3", "3,1", "4,2"})
    void theBytesOfAStepAreThoseOfTheClosedForm(int ranks, int accumulation) {
        List<Outcome> outcomes = together(4, accumulation, ranks, 2);
        Compilation compilation = compile(options(4, accumulation, ranks), 2);
        long padded = compilation.chunks().all().stream()
                .mapToLong(chunk -> chunk.type().elements())
                .sum();
        long expected = (ranks - 1) * padded / ranks * (8 + 8);
        assertEquals(expected, compilation.sent(1).bytes(), "predicted");
        outcomes.forEach(outcome -> assertEquals(expected, outcome.sentBytes()));
    }
}
