package dev.javelin.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.optimizer.Sgd;
import dev.javelin.engine.Array;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Run;
import dev.javelin.engine.Sketch;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.HostMemory;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On a device that copies beside its work, micro-batches come while the one before is computed; no number changes. */
class OverlapTest {
    private static final String MODEL = "layers=1,width=8,heads=2,vocab=11,block=6,dropout=0.1";
    private static final int STEPS = 3;

    private static CompileOptions options(int accumulation) {
        return CompileOptions.training(DType.FLOAT32, Fixtures.tokens(2, 6), ParameterGroup.all(AdamW.standard()))
                .withAccumulation(accumulation)
                .withValidation(Fixtures.tokens(2, 6));
    }

    private static Compilation compiled(int accumulation) {
        return Compilation.compile(Fixtures.gpt(MODEL), options(accumulation), Fixtures.HALVES, QueuedDevice.plans());
    }

    private static List<HostBatch> batches(int step, int accumulation) {
        List<HostBatch> batches = new ArrayList<>();
        for (int micro = 0; micro < accumulation; micro++) {
            batches.add(Fixtures.randomTokens(2, 6, 11, 100L * step + micro));
        }
        return batches;
    }

    /** Everything that a short run says and leaves: losses, norms, validation losses, and all state. */
    private static String outcome(Compilation compilation, Accelerator device) {
        int accumulation = compilation.options().accumulation();
        StringBuilder text = new StringBuilder();
        try (device;
                Session session = Session.open(
                        compilation, device, SessionOptions.standard().withPoison(true))) {
            session.initialize(7);
            List<HostBatch> next = batches(1, accumulation);
            for (int step = 1; step <= STEPS; step++) {
                session.begin(step, 1e-2, 3, next, StepScale.none());
                next = batches(step + 1, accumulation);
                session.stage(next);
                text.append(session.finish());
                text.append(session.validate(Fixtures.randomTokens(2, 6, 11, -step)));
            }
            new TreeMap<>(Fixtures.state(session))
                    .forEach((name, values) -> text.append(name).append(Arrays.toString(values)));
            assertEquals(compilation.memory().peakBytes(), device.usage().peakBytes());
        }
        return text.toString();
    }

    private static String onTheCpu(int accumulation) {
        Compilation compilation =
                Compilation.compile(Fixtures.gpt(MODEL), options(accumulation), Fixtures.HALVES, Fixtures.planner());
        assertEquals(0, compilation.memory().landing());
        return outcome(compilation, Fixtures.device());
    }

    static Stream<Arguments> orders() {
        List<Arguments> all = new ArrayList<>();
        for (int accumulation : new int[] {1, 2, 3}) {
            for (QueueRole role : List.of(QueueRole.COMPUTE, QueueRole.TO_DEVICE, QueueRole.TO_HOST)) {
                all.add(Arguments.of(accumulation, role + " first", QueuedDevice.first(role)));
                all.add(Arguments.of(accumulation, role + " last", QueuedDevice.last(role)));
            }
            for (long seed = 1; seed <= 10; seed++) {
                all.add(Arguments.of(accumulation, "shuffled by " + seed, QueuedDevice.shuffled(seed)));
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} micro-batches, {1}")
    @MethodSource("orders")
    void inWhateverOrderTheQueuesGoOnTheNumbersAreThoseOfTheCpu(
            int accumulation, String name, QueuedDevice.Order order) {
        Compilation compilation = compiled(accumulation);
        assertTrue(compilation.memory().landing() > 0, name);
        assertEquals(onTheCpu(accumulation), outcome(compilation, new QueuedDevice(order)));
    }

    @Test
    void theNextRowsAreOnTheDeviceBeforeAKernelOfTheStepHasRun() {
        QueuedDevice device = new QueuedDevice(QueuedDevice.first(QueueRole.TO_DEVICE));
        try (device;
                Session session = Session.open(compiled(1), device, SessionOptions.standard())) {
            session.initialize(7);
            List<HostBatch> next = batches(2, 1);
            device.done();
            session.begin(1, 1e-2, 3, batches(1, 1), StepScale.none());
            assertEquals(List.of(), device.done(), "what begin waited for");
            session.stage(next);
            device.queue(QueueRole.TO_DEVICE).synchronize();
            List<String> before = device.done();
            assertEquals(2, Collections.frequency(before, "to device"), "copies: " + before);
            assertEquals(1, Collections.frequency(before, "copy"), "moves: " + before);
            assertFalse(before.contains("kernel"), "the device has computed already: " + before);
            session.finish();
            assertTrue(device.done().contains("kernel"));
            session.begin(2, 1e-2, 3, next, StepScale.none());
            session.finish();
            assertFalse(device.done().contains("to device"), "what was staged was copied again");
        }
    }

    @Test
    void microBatchesOfAStepComeWhileTheOneBeforeIsComputed() {
        QueuedDevice device = new QueuedDevice(QueuedDevice.first(QueueRole.TO_DEVICE));
        try (device;
                Session session = Session.open(compiled(3), device, SessionOptions.standard())) {
            session.initialize(7);
            device.done();
            session.begin(1, 1e-2, 3, batches(1, 3), StepScale.none());
            session.finish();
            List<String> done = device.done().stream()
                    .filter(what -> !what.equals("scalar") && !what.equals("to host"))
                    .toList();
            assertEquals(
                    List.of("to device", "copy", "to device", "kernel"),
                    done.subList(0, 4),
                    "the second is here before the first is computed");
        }
    }

    @Test
    void allThatAStepReportsComesInOneCopy() {
        QueuedDevice device = new QueuedDevice(QueuedDevice.shuffled(1));
        try (device;
                Session session = Session.open(compiled(2), device, SessionOptions.standard())) {
            session.initialize(7);
            device.done();
            session.train(1, 1e-2, 3, batches(1, 2));
            assertEquals(1, Collections.frequency(device.done(), "to host"));
            session.validate(batches(1, 1).getFirst());
            assertEquals(1, Collections.frequency(device.done(), "to host"));
        }
    }

    @Test
    void tellsWhenTheDeviceWasDoneAndThatItIsNot() {
        QueuedDevice device = new QueuedDevice(QueuedDevice.shuffled(7));
        try (device;
                Session session = sums(device)) {
            for (int step = 1; step <= 2; step++) {
                assertTrue(session.doneNanos().isEmpty(), "nothing was begun");
                long before = System.nanoTime();
                session.begin(step, 0, 3, batch(step), StepScale.none());
                assertTrue(session.doneNanos().isEmpty(), "nothing was computed");
                device.queue(QueueRole.TO_HOST).synchronize();
                long done = session.doneNanos().orElseThrow();
                assertTrue(done - before >= 0 && System.nanoTime() - done >= 0);
                assertEquals(step, session.finish().lossSum());
            }
        }
    }

    @Test
    void aRecordingShowsTheCopiesOnTheirQueues() {
        QueuedDevice device = new QueuedDevice(QueuedDevice.shuffled(8));
        try (device;
                Session session = sums(device);
                Recording recording = new Recording(device)) {
            session.record(recording);
            recording.step(
                    1, () -> assertEquals(9, session.train(1, 0, 3, batch(9)).lossSum()));
            session.record(null);
            long bytes = session.compilation().memory().landing();
            assertEquals(
                    List.of(new Recording.Copy("micro-batch to the device", bytes)),
                    copies(recording, QueueRole.TO_DEVICE));
            assertEquals(
                    List.of(new Recording.Copy("micro-batch to its slots", bytes)),
                    copies(recording, QueueRole.COMPUTE));
            assertEquals(1, copies(recording, QueueRole.TO_HOST).size());
        }
    }

    private static List<Recording.Subject> copies(Recording recording, QueueRole role) {
        return recording.spans(Recording.track(role)).stream()
                .map(Recording.Span::subject)
                .filter(Recording.Copy.class::isInstance)
                .toList();
    }

    /** Each wait that could be forgotten, and an order of the queues in which it counts. */
    static Stream<Arguments> forgotten() {
        return Stream.of(
                Arguments.of(QueueRole.TO_DEVICE, QueuedDevice.first(QueueRole.TO_DEVICE)),
                Arguments.of(QueueRole.COMPUTE, QueuedDevice.last(QueueRole.TO_DEVICE)),
                Arguments.of(QueueRole.TO_HOST, QueuedDevice.first(QueueRole.TO_HOST)));
    }

    @ParameterizedTest(name = "on {0}")
    @MethodSource("forgotten")
    void aWaitThatIsForgottenShows(QueueRole role, QueuedDevice.Order order) {
        String right = onTheCpu(2);
        assertEquals(right, outcome(compiled(2), new QueuedDevice(order)));
        String wrong;
        try {
            wrong = outcome(compiled(2), new QueuedDevice(order).heedless(role));
        } catch (JavelinException e) {
            assertEquals("JVL-CPU-0002", e.code(), "poison is no token id");
            return;
        }
        assertNotEquals(right, wrong);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aSessionThatFindsNoRoomToPinGivesBackWhatItHas(int pinned) {
        int[] left = {pinned};
        AtomicInteger open = new AtomicInteger();
        try (QueuedDevice device = new QueuedDevice(QueuedDevice.shuffled(1)) {
            @Override
            public HostMemory hostMemory(long bytes, String purpose) {
                if (left[0]-- == 0) {
                    throw new JavelinException("JVL-MEM-0005", "nothing is left to pin", "free some");
                }
                HostMemory memory = super.hostMemory(bytes, purpose);
                open.incrementAndGet();
                return new HostMemory() {
                    @Override
                    public MemorySegment segment() {
                        return memory.segment();
                    }

                    @Override
                    public void close() {
                        open.decrementAndGet();
                        memory.close();
                    }
                };
            }
        }) {
            JavelinException error = assertThrows(JavelinException.class, () -> sums(device));
            assertEquals("JVL-MEM-0005", error.code());
            assertEquals(0, device.usage().liveBytes());
            assertEquals(0, open.get(), "pinned and not given back");
        }
    }

    /** Loss is the sum of x: shows which batch a step saw. */
    private static Session sums(Accelerator device) {
        Sketch sum = Sketch.of((self, step) -> Sketch.total(
                        step.input("x").multiply(self.value("a", step)).sum()))
                .with("a", Shape.scalar(), dev.javelin.api.Initializer.constant(1));
        CompileOptions options = CompileOptions.training(
                DType.FLOAT32, Run.signature(2, x(0)), ParameterGroup.all(new Sgd(0, 0, false)));
        Session session = Session.open(
                Compilation.compile(sum, options, Fixtures.HALVES, QueuedDevice.plans()),
                device,
                SessionOptions.standard().withPoison(true));
        session.initialize(7);
        return session;
    }

    private static Map<String, Array> x(double value) {
        return Map.of("x", Array.of(DType.FLOAT32, Shape.of(2), value, 0));
    }

    private static List<HostBatch> batch(double value) {
        return List.of(Run.batch(2, x(value)));
    }

    @Test
    void theBatchesThatAStepBeginsWithCountWhateverWasStaged() {
        try (QueuedDevice device = new QueuedDevice(QueuedDevice.shuffled(2));
                Session session = sums(device)) {
            session.stage(batch(1));
            session.stage(batch(2));
            assertEquals(3, session.train(1, 0, 3, batch(3)).lossSum());
            List<HostBatch> four = batch(4);
            session.stage(four);
            session.initialize(7);
            assertEquals(4, session.train(1, 0, 3, four).lossSum());
        }
    }

    @Test
    void aStepIsLookedIntoWithItsOwnRowsThoughTheNextAreThere() {
        try (QueuedDevice device = new QueuedDevice(QueuedDevice.shuffled(3));
                Session session = sums(device)) {
            List<HostBatch> bad = batch(Double.NaN);
            List<HostBatch> good = batch(5);
            session.begin(1, 0.1, 3, bad, StepScale.none());
            session.stage(good);
            assertFalse(session.finish().finite());
            assertEquals(
                    "the field 'x' of the data, element 0",
                    session.findNonFinite(1, 0.1, 3, bad).orElseThrow().what());
            assertEquals(5, session.train(2, 0, 3, good).lossSum());
        }
    }

    @Test
    void whatHasNoPlaceBetweenBeginAndFinishIsRefused() {
        try (QueuedDevice device = new QueuedDevice(QueuedDevice.shuffled(4));
                Session session = sums(device)) {
            assertThrows(IllegalStateException.class, session::finish);
            session.begin(1, 0, 3, batch(6), StepScale.none());
            assertThrows(IllegalStateException.class, () -> session.begin(2, 0, 3, batch(7), StepScale.none()));
            assertEquals(6, session.finish().lossSum());
            assertThrows(IllegalStateException.class, session::finish);
        }
    }

    @Test
    void aBatchOfAnotherFormIsRefusedAndTheNextOneTrains() {
        try (QueuedDevice device = new QueuedDevice(QueuedDevice.shuffled(5));
                Session session = sums(device)) {
            List<HostBatch> none = List.of(Run.batch(2, Map.of()));
            session.begin(1, 0, 3, batch(6), StepScale.none());
            JavelinException refused = assertThrows(JavelinException.class, () -> session.stage(none));
            assertEquals("JVL-DAT-0020", refused.code());
            assertEquals(6, session.finish().lossSum());
            assertEquals(8, session.train(2, 0, 3, batch(8)).lossSum());
        }
    }

    @Test
    void aSessionClosesInTheMiddleOfAStep() {
        QueuedDevice device = new QueuedDevice(QueuedDevice.shuffled(6));
        try (device) {
            Session session = sums(device);
            session.begin(1, 0, 3, batch(6), StepScale.none());
            session.stage(batch(7));
            session.close();
            assertEquals(0, device.usage().liveBytes());
        }
    }
}
