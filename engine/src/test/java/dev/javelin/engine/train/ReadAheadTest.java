package dev.javelin.engine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.javelin.api.Dataset;
import dev.javelin.api.JavelinException;
import dev.javelin.api.optimizer.Schedule;
import dev.javelin.api.trainer.Callback;
import dev.javelin.api.trainer.CheckpointOptions;
import dev.javelin.api.trainer.RunSummary;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.checkpoint.CheckpointWriter;
import dev.javelin.engine.checkpoint.RunFolder;
import dev.javelin.engine.run.QueuedDevice;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The loop reads the rows of a step while the device computes the one before; nothing else changes. */
class ReadAheadTest {
    private static final int STEPS = 6;

    @TempDir
    Path folder;

    /** Four rows a step over ten: epochs end within steps and within micro-batches. */
    private static TrainerOptions options() {
        return TrainerOptions.standard()
                .withSeed(5)
                .withBatch(4)
                .withAccumulation(2)
                .withMaxSteps(STEPS)
                .withValidateEvery(2)
                .withSchedule(Schedule.cosine(1e-2, 2, 0.1));
    }

    /** What a loop told and left. */
    private record Outcome(List<String> told, Map<String, double[]> state, List<Long> read) {}

    /** Rows that tell whoever wants to know before one is read. */
    private record Watched(Rows source, LongConsumer watch) implements Dataset {
        @Override
        public List<Field> fields() {
            return source.fields();
        }

        @Override
        public long rows() {
            return source.rows();
        }

        @Override
        public void read(long row, Field field, MemorySegment destination) {
            watch.accept(row);
            source.read(row, field, destination);
        }
    }

    /** One loop, from the newest checkpoint if there is one. */
    private final class Fit {
        private final List<String> told = new ArrayList<>();
        private final Rows rows = Rows.sequences(10);
        private boolean begun;
        private LongConsumer watch = row -> {};
        private BooleanSupplier stop = () -> false;
        private Path out = folder;

        Fit watching(LongConsumer watcher) {
            watch = watcher;
            return this;
        }

        Fit stoppedBy(BooleanSupplier stopped) {
            stop = stopped;
            return this;
        }

        Fit in(String name) {
            out = folder.resolve(name);
            return this;
        }

        Outcome on(Accelerator device, DevicePlanner planner) {
            TrainerOptions options = options();
            Rows validation = Rows.sequences(5);
            CompileOptions compile = CompileOptions.of(options, rows.fields(), validation.fields(), 1);
            Compilation compilation = Compilation.compile(
                    Fixtures.gpt("layers=1,width=8,heads=2,vocab=11,block=6,dropout=0.1"),
                    compile,
                    Fixtures.HALVES,
                    planner);
            try (device;
                    Arena arena = Arena.ofShared();
                    Session session = Session.open(
                            compilation, device, SessionOptions.standard().withPoison(true))) {
                session.initialize(options.seed());
                loop(options, session, validation, arena, begin(options, session))
                        .run();
                return new Outcome(told, Fixtures.state(session), rows.read);
            }
        }

        private RunState begin(TrainerOptions options, Session session) {
            if (RunFolder.newest(out).isEmpty()) {
                return RunState.start(options.types().scaling());
            }
            try (Checkpoint checkpoint = Checkpoint.open(out)) {
                Restoring.all(checkpoint, session, Dealt.of(null));
                return RunState.decode(checkpoint, options, DataPrint.of(rows));
            }
        }

        private FitLoop loop(TrainerOptions options, Session session, Rows validation, Arena arena, RunState start) {
            return new FitLoop(
                    new FitLoop.Parts(
                            options,
                            session,
                            null,
                            new Watched(rows, this::read),
                            new Evaluation(session, validation, options, Dealt.of(null), arena),
                            new CheckpointSeries(
                                    out,
                                    new CheckpointOptions(0, 1, 0),
                                    new CheckpointWriter(List.of()),
                                    session,
                                    Dealt.of(null),
                                    start.step() + 1),
                            teller(),
                            stop,
                            JsonNodeFactory.instance.objectNode(),
                            null,
                            arena),
                    start,
                    0);
        }

        /** Its checksum is made of the data before the first step. */
        private void read(long row) {
            if (begun) {
                watch.accept(row);
            }
        }

        private Callback teller() {
            return new Callback() {
                @Override
                public void onStart(RunSummary summary) {
                    begun = true;
                    rows.read.clear();
                }

                @Override
                public boolean onStep(StepMetrics metrics) {
                    told.add("step " + metrics.step() + " " + metrics.loss() + " " + metrics.gradientNorm() + " "
                            + metrics.work().firstSample() + " "
                            + metrics.work().samples());
                    return true;
                }

                @Override
                public void onValidation(dev.javelin.api.trainer.ValidationMetrics metrics) {
                    told.add("validation " + metrics.step() + " " + metrics.loss());
                }
            };
        }
    }

    private Outcome onTheCpu() {
        return new Fit().in("cpu").on(Fixtures.device(), Fixtures.planner());
    }

    private static void assertSame(Outcome expected, Outcome actual) {
        assertEquals(expected.told, actual.told);
        assertEquals(expected.state.keySet(), actual.state.keySet());
        expected.state.forEach((name, values) -> assertArrayEquals(values, actual.state.get(name), name));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theRunIsThatOfADeviceWhichCopiesNothingAhead(long seed) {
        Outcome expected = onTheCpu();
        Outcome actual = new Fit().on(new QueuedDevice(QueuedDevice.shuffled(seed)), QueuedDevice.plans());
        assertSame(expected, actual);
        assertEquals(expected.read, actual.read, "rows, in their order, and none beyond the last step");
        assertEquals(STEPS * 4, actual.read.size());
    }

    @Test
    void rowsAreReadBeforeTheDeviceHasComputedTheStepBefore() {
        QueuedDevice device = new QueuedDevice(QueuedDevice.last(QueueRole.COMPUTE));
        List<Integer> kernels = new ArrayList<>();
        int[] reads = {0};
        new Fit()
                .watching(row -> {
                    if (reads[0]++ % (2 * 4) == 0) { // two fields of four rows a step
                        kernels.add((int)
                                device.done().stream().filter("kernel"::equals).count());
                    }
                })
                .on(device, QueuedDevice.plans());
        assertEquals(STEPS, kernels.size());
        assertEquals(List.of(0, 0), kernels.subList(0, 2), "kernels between the reads of steps 1 and 2");
        assertTrue(kernels.get(2) > 0, "the first step was computed before the third's rows were read");
    }

    /** An error is what a file gives that was cut short while it is mapped. */
    static List<Throwable> damages() {
        return List.of(
                new JavelinException("JVL-DAT-9999", "a row is damaged", "mend it"), new InternalError("cut short"));
    }

    @ParameterizedTest
    @MethodSource("damages")
    void rowsThatCannotBeReadEndTheRunWhenTheirStepComesAndNotBefore(Throwable damage) {
        int[] reads = {0};
        Fit fit = new Fit().watching(row -> {
            if (reads[0]++ < 2 * 4 * 2) {
                return;
            }
            if (damage instanceof Error error) {
                throw error;
            }
            throw (JavelinException) damage;
        });
        Throwable thrown = assertThrows(
                Throwable.class, () -> fit.on(new QueuedDevice(QueuedDevice.shuffled(1)), QueuedDevice.plans()));
        assertTrue(thrown == damage, thrown.toString());
        assertEquals(onTheCpu().told.subList(0, 3), fit.told, "steps 1 and 2, and the validation behind them");
    }

    @Test
    void aRunThatWasStoppedWithRowsReadAheadGoesOnAsIfItNeverHad() {
        AtomicBoolean stop = new AtomicBoolean();
        int[] reads = {0};
        Outcome first = new Fit()
                .watching(row -> stop.set(stop.get() || reads[0]++ > 2 * 4 * 3)) // while rows of step 4 are read
                .stoppedBy(stop::get)
                .on(new QueuedDevice(QueuedDevice.shuffled(1)), QueuedDevice.plans());
        assertEquals(4 * 4, first.read.size(), "the fourth step's rows were read, and left behind");
        assertFalse(first.told.toString().contains("step 4"), first.told.toString());
        Outcome rest = new Fit().on(new QueuedDevice(QueuedDevice.shuffled(2)), QueuedDevice.plans());
        List<String> told = new ArrayList<>(first.told);

        told.addAll(rest.told);
        assertSame(onTheCpu(), new Outcome(told, rest.state, rest.read));
    }

    @Test
    void noRowIsReadAheadOnceTheRunIsToStop() {
        AtomicBoolean stop = new AtomicBoolean();
        Fit fit = new Fit().watching(row -> stop.set(true)).stoppedBy(stop::get); // with the first row of step 1
        Outcome outcome = fit.on(new QueuedDevice(QueuedDevice.shuffled(1)), QueuedDevice.plans());
        assertEquals(4, outcome.read.size());
    }
}
