package dev.javelin.engine.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.GenerativeModule;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.engine.Array;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.Run;
import dev.javelin.engine.generate.Generated.Ending;
import dev.javelin.engine.generate.Generation.WhenFull;
import dev.javelin.engine.generate.GenerationOptions.Chooser;
import dev.javelin.engine.run.StateEntry;
import dev.javelin.engine.run.StateMap;
import dev.javelin.models.LanguageModule;
import dev.javelin.models.ModelSpec;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.kernel.TokenChoice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written with a cache is what recomputing the whole text for each token writes. */
class GeneratorTest {
    private static final int VOCAB = 19;
    private static final int BLOCK = 90;
    private static final String GPT = "gpt:layers=2,width=12,heads=3,vocab=19,block=90,tied=true";
    private static final String UNTIED = "gpt:layers=1,width=8,heads=1,vocab=19,block=90";

    private static final String LLAMA = "llama:layers=2,width=16,heads=4,kvHeads=2,ff=24,vocab=19,block=90";

    private static LanguageModule module(String spec) {
        return (LanguageModule) ModelSpec.parse(spec).module();
    }

    private static int[] tokens(int count, long seed) {
        return new Random(seed).ints(count, 0, VOCAB).toArray();
    }

    /** The model over whole texts: what a cache must not change. */
    private static final class Recomputation implements AutoCloseable {
        private final LanguageModule module;
        private final DType dtype;
        private final Run run;

        Recomputation(String spec, DType dtype) {
            this.module = module(spec);
            this.dtype = dtype;
            Array tokens = Array.of(Shape.of(1, BLOCK), new int[BLOCK]);
            run = Run.open(
                    module,
                    CompileOptions.inference(
                            dtype,
                            new CompileOptions.Inference(
                                    "logits",
                                    step -> module.model().apply(step.input("tokens")),
                                    Run.signature(1, Map.of("tokens", tokens)))));
            sharpen(run.session());
        }

        /** Logits of every position of a text of at most BLOCK tokens. */
        double[][] logits(int[] text) {
            Array tokens = Array.of(Shape.of(1, BLOCK), Arrays.copyOf(text, BLOCK));
            Array all = Array.zeros(run.session().inferenceType());
            run.session().infer(Run.batch(1, Map.of("tokens", tokens)), all.memory());
            double[] flat = all.toDoubles();
            double[][] rows = new double[text.length][];
            for (int t = 0; t < text.length; t++) {
                rows[t] = Arrays.copyOfRange(flat, t * VOCAB, (t + 1) * VOCAB);
            }
            return rows;
        }

        @Override
        public void close() {
            run.close();
        }
    }

    private static CachedModel open(String spec, DType dtype, int sequences, int capacity, Accelerator device) {
        return open(spec, new GenerationOptions(dtype, sequences, capacity), device);
    }

    private static CachedModel open(String spec, GenerationOptions options, Accelerator device) {
        GenerativeModule module = module(spec);
        CachedModel model = CachedModel.open(module, options, Fixtures.HALVES, device);
        model.session().initialize(7);
        sharpen(model.session());
        return model;
    }

    /** Untrained weights give nearly equal logits: ten times as large, they tell tokens and positions apart. */
    private static void sharpen(dev.javelin.engine.run.Session session) {
        for (StateEntry entry : StateMap.persistent(session.compilation())) {
            double[] values = Fixtures.values(session, entry);
            if (!entry.path().contains("ln_") && !entry.path().contains("norm")) {
                for (int i = 0; i < values.length; i++) {
                    values[i] *= 10;
                }
            }
            session.write(
                    entry,
                    Array.of(entry.type().dtype(), entry.type().shape(), values).memory());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT64,1e-12,fast,false",
        "FLOAT64,1e-12,reference,true",
        "FLOAT32,2e-4,fast,false",
        "FLOAT32,2e-4,reference,false"
    })
    void logitsAreThoseOfRecomputationAtEveryLength(DType dtype, double tolerance, String kernels, String decompose) {
        for (String spec : List.of(GPT, UNTIED, LLAMA)) {
            int[] text = tokens(BLOCK, 1);
            try (Recomputation whole = new Recomputation(spec, dtype);
                    Accelerator device = Fixtures.device("kernels", kernels, "decompose", decompose);
                    CachedModel model =
                            open(spec, new GenerationOptions(dtype, 1, BLOCK).withChooser(Chooser.HOST), device)) {
                double[][] expected = whole.logits(text);
                for (int t = 0; t < BLOCK; t++) {
                    model.read(List.of(new int[] {text[t]}));
                    assertArrayEquals(expected[t], model.logits(0, VOCAB), tolerance, "one by one, length " + (t + 1));
                }
                assertEquals(BLOCK, model.timing().decodeTokens());
                for (int length = 1; length <= BLOCK; length++) {
                    model.forget(0);
                    model.read(List.of(Arrays.copyOf(text, length)));
                    assertEquals(length, model.length(0));
                    assertArrayEquals(
                            expected[length - 1], model.logits(0, VOCAB), tolerance, "at once, length " + length);
                }
            }
        }
    }

    @Test
    void textsOfDifferentLengthsReadSideBySideAreWhatTheyAreAlone() {
        Random random = new Random(2);
        List<int[]> texts = List.of(tokens(70, 3), tokens(90, 4), tokens(5, 5));
        int[] done = new int[3];
        try (Recomputation whole = new Recomputation(GPT, DType.FLOAT64);
                Accelerator device = Fixtures.device();
                CachedModel model =
                        open(GPT, new GenerationOptions(DType.FLOAT64, 3, BLOCK).withChooser(Chooser.HOST), device)) {
            List<double[][]> expected = texts.stream().map(whole::logits).toList();
            while (done[0] + done[1] + done[2] < 165) {
                List<int[]> pieces = new ArrayList<>();
                for (int b = 0; b < 3; b++) {
                    int count = Math.min(random.nextInt(30), texts.get(b).length - done[b]);
                    pieces.add(Arrays.copyOfRange(texts.get(b), done[b], done[b] + count));
                    done[b] += count;
                }
                model.read(pieces);
                for (int b = 0; b < 3; b++) {
                    if (done[b] > 0) {
                        assertArrayEquals(expected.get(b)[done[b] - 1], model.logits(b, VOCAB), 1e-12, "text " + b);
                    }
                }
            }
        }
    }

    /** The generator that everyone can check: the whole text for every token. */
    private static int[] recomputed(Recomputation whole, int[] prompt, int count, Sampling sampling, int room) {
        List<Integer> text = new ArrayList<>(Arrays.stream(prompt).boxed().toList());
        int first = Math.max(0, prompt.length - room);
        for (int i = 0; i < count; i++) {
            if (text.size() - first > room) {
                first = text.size() - room / 2;
            }
            int[] seen =
                    text.subList(first, text.size()).stream().mapToInt(t -> t).toArray();
            text.add(sampling.choose(whole.logits(seen)[seen.length - 1], text.size()));
        }
        return text.subList(prompt.length, text.size()).stream()
                .mapToInt(t -> t)
                .toArray();
    }

    @Test
    void writesTokenForTokenWhatRecomputationWritesAlsoWhenTheTextOutgrowsTheCache() {
        Sampling sampling = Sampling.of(0.9, 11).withTopK(10).withTopP(0.95);
        List<int[]> prompts = List.of(tokens(3, 1), tokens(40, 2), tokens(1, 3), tokens(120, 4));
        for (String spec : List.of(GPT, LLAMA)) {
            DType dtype = spec.equals(GPT) ? DType.FLOAT64 : DType.FLOAT32;
            try (Recomputation whole = new Recomputation(spec, dtype);
                    Accelerator device = Fixtures.device();
                    Generator generator = new Generator(open(spec, dtype, 4, 50, device))) {
                Generation what = Generation.of(prompts.getFirst(), 130)
                        .withPrompts(prompts)
                        .withSampling(sampling);
                List<List<Integer>> heard =
                        List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
                List<Generated> written = generator.generate(
                        what, (text, token) -> heard.get(text).add(token));
                for (int i = 0; i < prompts.size(); i++) {
                    Sampling own = sampling.withSeed(11 + i);
                    int[] expected = recomputed(whole, prompts.get(i), 130, own, 50);
                    assertArrayEquals(expected, written.get(i).tokens(), spec + ", prompt " + i);
                    assertArrayEquals(
                            expected, heard.get(i).stream().mapToInt(t -> t).toArray());
                    assertEquals(Ending.COUNT, written.get(i).ending());
                    assertTrue(written.get(i).slides() >= 3, written.get(i).slides() + " slides");
                    int[] alone = generator
                            .generate(
                                    what.withPrompts(List.of(prompts.get(i))).withSampling(own), (text, token) -> true)
                            .getFirst()
                            .tokens();
                    assertArrayEquals(expected, alone, "alone with its seed");
                }
            }
        }
    }

    /** Top-k and top-p, texts that slide and texts of different lengths, in 32, 64 and 16 bits. */
    @ParameterizedTest
    @CsvSource({
        "FLOAT32,DEVICE,fast,false",
        "FLOAT32,DEVICE,reference,false",
        "FLOAT32,DEVICE,fast,true",
        "FLOAT64,DEVICE,fast,false",
        "BFLOAT16,DEVICE,fast,false"
    })
    void whoeverChoosesTheTokensAreTheSame(DType dtype, Chooser chooser, String kernels, String decompose) {
        List<int[]> prompts = List.of(tokens(3, 1), tokens(20, 2));
        try (Accelerator device = Fixtures.device("kernels", kernels, "decompose", decompose)) {
            GenerationOptions options = new GenerationOptions(dtype, 2, 25);
            List<Sampling> ways = List.of(
                    Sampling.greedy(),
                    Sampling.of(1.3, 5),
                    Sampling.of(0.8, 6).withTopK(4),
                    Sampling.of(1, 7).withTopP(0.7),
                    Sampling.of(1.5, -8).withTopK(9).withTopP(0.9));
            for (Sampling sampling : ways) {
                Generation what = Generation.of(prompts.getFirst(), 60)
                        .withPrompts(prompts)
                        .withSampling(sampling)
                        .withChoices(VOCAB - 2);
                List<List<Integer>> written = new ArrayList<>();
                for (Chooser who : List.of(Chooser.HOST, chooser)) {
                    CachedModel model = open(GPT, options.withChooser(who), device);
                    try (Generator generator = new Generator(model)) {
                        boolean kernel = who == Chooser.DEVICE && decompose.equals("false");
                        assertEquals(kernel, model.choosesOnDevice(), who + ", decompose " + decompose);
                        written.add(generator.generate(what, (text, token) -> true).stream()
                                .flatMapToInt(text -> Arrays.stream(text.tokens()))
                                .boxed()
                                .toList());
                    }
                }
                assertEquals(120, written.getFirst().size());
                assertEquals(written.getFirst(), written.getLast(), sampling.toString());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Chooser.class)
    void aTextThatWaitsKeepsTheTokenThatWasChosenForIt(Chooser chooser) {
        GenerationOptions options = new GenerationOptions(DType.FLOAT32, 2, BLOCK).withChooser(chooser);
        try (Accelerator device = Fixtures.device();
                CachedModel model = open(GPT, options, device)) {
            TokenChoice drawn = Sampling.of(2, 5).choice(VOCAB, 3);
            model.read(List.of(tokens(4, 1), tokens(4, 2)), List.of(drawn, drawn));
            int chosen = model.chosen(1);
            for (int index = 4; index < 24; index++) {
                TokenChoice other = Sampling.of(2, 6).choice(VOCAB, index);
                model.read(List.of(tokens(1, index), new int[0]), List.of(other, other));
                assertEquals(chosen, model.chosen(1), "by the " + chooser);
            }
        }
    }

    @Test
    void oneDecodeProgramServesAllSettingsAndLogitsAreTheHostsOnly() {
        try (Accelerator device = Fixtures.device();
                CachedModel model = open(GPT, DType.FLOAT32, 1, BLOCK, device)) {
            List<String> names =
                    List.copyOf(model.session().compilation().programs().keySet());
            assertEquals(4 + (BLOCK < 256 ? 0 : 1), names.size(), names.toString());
            model.read(List.of(tokens(5, 1)));
            int largest = model.chosen(0);
            assertTrue(largest >= 0 && largest < VOCAB);
            assertEquals(4, model.session().inferenceType(CachedModel.DECODE).bytes());
            assertThrows(IllegalStateException.class, () -> model.logits(0, VOCAB));
        }
    }

    @Test
    void endsAtAStopTokenAtTheListenersWishOrWhenTheCacheIsFull() {
        int[] prompt = tokens(4, 6);
        try (Accelerator device = Fixtures.device();
                Generator generator = new Generator(open(GPT, DType.FLOAT32, 1, 20, device))) {
            Generation what = Generation.of(prompt, 60).withSampling(Sampling.of(1, 2));
            int[] all =
                    generator.generate(what, (text, token) -> true).getFirst().tokens();
            assertEquals(60, all.length);

            int stop = all[9];
            int at = 0;
            while (all[at] != stop) {
                at++;
            }
            Generated stopped = generator
                    .generate(what.withStops(Set.of(stop)), (text, token) -> true)
                    .getFirst();
            assertEquals(Ending.STOP, stopped.ending());
            assertArrayEquals(Arrays.copyOf(all, at), stopped.tokens(), "without the stop token");

            int[] heard = {0};
            Generated left =
                    generator.generate(what, (text, token) -> ++heard[0] < 7).getFirst();
            assertEquals(Ending.LISTENER, left.ending());
            assertArrayEquals(Arrays.copyOf(all, 7), left.tokens());

            Generated full = generator
                    .generate(what.withWhenFull(WhenFull.STOP), (text, token) -> true)
                    .getFirst();
            assertEquals(Ending.FULL, full.ending());
            assertArrayEquals(Arrays.copyOf(all, 17), full.tokens(), "20 positions read, and one token after them");

            Generated few = generator
                    .generate(what.withChoices(3), (text, token) -> true)
                    .getFirst();
            assertTrue(Arrays.stream(few.tokens()).allMatch(token -> token < 3));
            Generated none = generator
                    .generate(Generation.of(prompt, 0), (text, token) -> true)
                    .getFirst();
            assertEquals(0, none.tokens().length);
        }
    }

    @Test
    void refusesPromptsThatItCannotRead() {
        try (Accelerator device = Fixtures.device();
                Generator generator = new Generator(open(GPT, DType.FLOAT32, 2, 20, device))) {
            assertCode("JVL-API-0045", () -> Generation.of(new int[0], 3));
            assertCode(
                    "JVL-API-0043", () -> generator.generate(Generation.of(new int[] {1, VOCAB}, 3), (i, t) -> true));
            assertCode("JVL-API-0043", () -> generator.generate(Generation.of(new int[] {-1}, 3), (i, t) -> true));
            assertCode(
                    "JVL-API-0046",
                    () -> generator.generate(
                            Generation.of(tokens(21, 1), 3).withWhenFull(WhenFull.STOP), (i, t) -> true));
            assertCode("JVL-API-0041", () -> new GenerationOptions(DType.FLOAT32, 0, 5));
            assertCode("JVL-API-0042", () -> open(GPT, DType.FLOAT32, 1, BLOCK + 1, device));
            CachedModel model = open(GPT, DType.FLOAT32, 1, 5, device);
            assertCode("JVL-API-0044", () -> model.read(List.of(tokens(6, 1))));
            model.close();
        }
    }

    private static void assertCode(String code, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(code, assertThrows(JavelinException.class, executable).code());
    }

    @ParameterizedTest
    @EnumSource(Chooser.class)
    void saysSoWhenTheModelGivesNoNumbers(Chooser chooser) {
        try (Accelerator device = Fixtures.device();
                CachedModel model =
                        open(GPT, new GenerationOptions(DType.FLOAT32, 1, 20).withChooser(chooser), device)) {
            StateEntry norm = StateMap.persistent(model.session().compilation()).stream()
                    .filter(entry -> entry.path().equals("ln_f.weight"))
                    .findFirst()
                    .orElseThrow();
            Array broken = Array.zeros(norm.type());
            dev.javelin.engine.run.Numbers.set(broken.memory(), DType.FLOAT32, 2, Double.NaN);
            model.session().write(norm, broken.memory());
            Generator generator = new Generator(model);
            JavelinException error = assertThrows(
                    JavelinException.class,
                    () -> generator.generate(Generation.of(new int[] {1, 2}, 3), (i, t) -> true));
            assertEquals("JVL-NUM-0010", error.code());
            assertTrue(error.problem().contains("token 3 of text 1"), error.problem());
        }
    }

    @ParameterizedTest
    @CsvSource({"1,20", "3,90", "2,1"})
    void thePredictedMemoryIsTheMeasuredAndTheCacheIsCounted(int sequences, int capacity) {
        try (Accelerator device = Fixtures.device("threads", "2")) {
            try (CachedModel model = open(GPT, DType.FLOAT32, sequences, capacity, device)) {
                model.read(java.util.Collections.nCopies(sequences, tokens(capacity, 1)));
                var memory = model.session().compilation().memory();
                assertEquals(2L * 2 * sequences * capacity * 12 * 4, memory.state(), "keys and values of two layers");
                assertEquals(memory.peakBytes(), device.usage().peakBytes());
                assertEquals(memory.peakBytes(), device.usage().liveBytes());
            }
            assertEquals(0, device.usage().liveBytes());
        }
    }

    @Test
    void longTextsAreReadInAFewStretches() {
        try (Accelerator device = Fixtures.device();
                CachedModel model = open(GPT, DType.FLOAT32, 1, BLOCK, device)) {
            Timing before = model.timing();
            model.read(List.of(tokens(70, 1)));
            model.read(List.of(tokens(1, 1)));
            Timing read = model.timing().since(before);
            assertEquals(70, read.prefillTokens());
            assertEquals(1, read.decodeTokens());
            assertEquals(1, read.decodeSteps());
            assertTrue(read.prefillTokensPerSecond() > 0 && read.decodeTokensPerSecond() > 0);
        }
    }
}
