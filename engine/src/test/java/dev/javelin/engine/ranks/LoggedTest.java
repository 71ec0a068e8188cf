package dev.javelin.engine.ranks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Loss;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Share;
import dev.javelin.engine.Sketch;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Numbers;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.run.StepResult;
import dev.javelin.engine.run.Team;
import dev.javelin.engine.trace.Signature;
import dev.javelin.spi.communicator.Abilities;
import dev.javelin.spi.communicator.Seat;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.strategy.Mesh;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What modules log, and what communicators must be able to do, with several ranks. */
class LoggedTest {
    private static final Sketch SQUARES = Sketch.of((self, step) -> {
                Loss loss = Loss.ofRows(
                        step,
                        step.input("x").multiply(self.value("w", step)).square().reshape(-1));
                step.log("meanSquare", loss.sum().divide(loss.weight()));
                return loss;
            })
            .with("w", Shape.of(1));

    private static CompileOptions options(long rows, int ranks) {
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        long share = Share.most(rows, ranks);
        fields.put("x", TensorType.of(DType.FLOAT64, share, 1));
        return CompileOptions.training(
                        DType.FLOAT64, new Signature(share, fields), ParameterGroup.all(new Sgd(0, 0, false)))
                .withMesh(Mesh.data(ranks));
    }

    private static StepResult step(Compilation compilation, SessionOptions options, long rows, int rank) {
        int ranks = compilation.options().mesh().size();
        Share share = Share.of(rows, rank, ranks);
        try (Accelerator device = Fixtures.device("threads", "1");
                Session session = Session.open(compilation, device, options);
                Arena arena = Arena.ofConfined()) {
            session.initialize(7);
            MemorySegment x = arena.allocate(8 * Share.most(rows, ranks), 64);
            for (long i = 0; i < Share.most(rows, ranks); i++) {
                Numbers.set(x, DType.FLOAT64, i, i < share.rows() ? share.first() + i + 1 : 99);
            }
            return session.train(1, 1e-3, 7, List.of(new HostBatch(Map.of("x", x), share.rows(), share.first())));
        }
    }

    @ParameterizedTest(name = "{0} rows over {1} ranks")
    @CsvSource({"4,2", "3,2", "5,3", "2,4"})
    void whatRanksLogCountsByTheirRows(long rows, int ranks) {
        Compilation alone = Compilation.compile(SQUARES, options(rows, 1), Fixtures.HALVES, Fixtures.planner());
        double expected =
                step(alone, SessionOptions.standard(), rows, 0).logged().get("meanSquare");
        Compilation shared = Compilation.compile(SQUARES, options(rows, ranks), Fixtures.HALVES, Fixtures.planner());
        List<StepResult> results = Ranks.run(
                ranks, (Team team) -> step(shared, SessionOptions.standard().withTeam(team), rows, team.rank()));
        for (StepResult result : results) {
            assertEquals(expected, result.logged().get("meanSquare"), 1e-12 * expected);
        }
    }

    @Test
    void aCommunicatorThatCannotDoWhatIsNeededIsRefusedBeforeTheRanksJoin() {
        Compilation compilation = Compilation.compile(SQUARES, options(4, 2), Fixtures.HALVES, Fixtures.planner());
        Abilities able = Abilities.of(Set.of(DType.FLOAT64, DType.FLOAT32));
        compilation.requireServed("able", able, Seat.Closeness.HOSTS);
        JavelinException dtype = assertThrows(
                JavelinException.class,
                () -> compilation.requireServed("some", Abilities.of(Set.of(DType.FLOAT32)), Seat.Closeness.THREADS));
        assertEquals("JVL-ENG-0009", dtype.code(), dtype.getMessage());
        JavelinException near = assertThrows(
                JavelinException.class,
                () -> compilation.requireServed("near", able.withHosts(false), Seat.Closeness.HOSTS));
        assertEquals("JVL-ENG-0009", near.code(), near.getMessage());
    }
}
