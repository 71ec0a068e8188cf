package dev.javelin.engine.generate;

import dev.javelin.api.DType;
import dev.javelin.api.GenerativeModule;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Numbers;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.trace.Signature;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.kernel.TokenChoice;
import dev.javelin.spi.strategy.Strategy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * A language model in memory with what it has read so far: B texts side by side, whose keys and values are kept, so that
 * reading one more token costs one position's work. Compiled are one program that reads a token of each text (decode) and
 * some that read a stretch of fixed length (prefill); what a text lacks for a stretch is padding.
 *
 * <p>After {@link #read}, {@link #chosen} is the token that follows each text, and, where the host chooses, {@link #logits}
 * are those that the model gives for the whole text at once, within rounding. Where the device chooses, programs end with
 * {@link ChooseToken}, and 4 bytes of a text come to the host in place of its logits.
 *
 * <p>The accelerator belongs to the caller, the memory to this. Used by one thread.
 */
public final class CachedModel implements AutoCloseable {
    /** Name of the program that reads one token of each text. */
    public static final String DECODE = "decode";

    private static final int[] STRETCHES = {1, 16, 64, 256};
    private static final String TOKENS = "tokens";
    private static final String POSITIONS = "positions";
    private static final String ROWS = "rows";
    private static final String HOW = "how";
    private static final int PADDING = -1;
    private static final TokenChoice LARGEST = new TokenChoice(0, 0, 1, 0, 0, 0);

    private final GenerativeModule module;
    private final GenerationOptions options;
    private final Session session;
    private final Arena arena = Arena.ofConfined();
    private final TreeMap<Integer, HostBatch> batches = new TreeMap<>();
    private final MemorySegment result;
    private final TensorType resultType;
    private final MemorySegment last;
    private final int[] lengths;
    private final List<TokenChoice> next;
    private Timing timing = Timing.none();

    private CachedModel(GenerativeModule module, GenerationOptions options, Session session) {
        this.module = module;
        this.options = options;
        this.session = session;
        int b = options.sequences();
        for (int t : stretches(options.capacity())) {
            Map<String, MemorySegment> fields = new LinkedHashMap<>();
            signature(b, t).fields().forEach((name, type) -> fields.put(name, arena.allocate(type.bytes(), 64)));
            batches.put(t, new HostBatch(fields, b, 0));
        }
        resultType = session.inferenceType(program(1));
        result = arena.allocate(resultType.bytes(), 64);
        last = arena.allocate(resultType.bytes(), 64);
        lengths = new int[b];
        next = new ArrayList<>(Collections.nCopies(b, LARGEST));
    }

    // Compiling ----------------------------------------------------------------------------------------------------

    /**
     * Compiles the programs of a cached model, without touching a device.
     *
     * @throws JavelinException {@code JVL-API-0042} if there is to be room for more positions than the model has
     */
    public static Compilation compile(
            GenerativeModule module, GenerationOptions options, Strategy strategy, DevicePlanner planner) {
        if (options.capacity() > module.positions()) {
            throw new JavelinException(
                    "JVL-API-0042",
                    "generation with " + options.capacity() + " positions, but the model has " + module.positions(),
                    "ask for " + module.positions() + " positions or fewer");
        }
        CompileOptions.Inference[] programs = stretches(options.capacity()).stream()
                .map(t -> new CompileOptions.Inference(
                        program(t), step -> result(module, options, planner, step), signature(options.sequences(), t)))
                .toArray(CompileOptions.Inference[]::new);
        return Compilation.compile(module, CompileOptions.inference(options.precision(), programs), strategy, planner);
    }

    /** What a program gives: the tokens that follow, where the device chooses them, else their logits. */
    private static Tensor result(GenerativeModule module, GenerationOptions options, DevicePlanner planner, Step step) {
        Tensor logits = module.nextLogits(
                step.input(TOKENS), step.input(POSITIONS), step.input(ROWS), options.capacity()); // [B, V]
        Operation choose = new ChooseToken();
        // Logits of 16 bits are taken as they are or, if the device has no kernel for them, converted.
        List<TensorType> types = List.of(logits.type().withDType(logits.dtype().wide()), how(options.sequences()));
        boolean device = options.chooser() == GenerationOptions.Chooser.DEVICE
                && planner.plan(choose, types, choose.infer(types)).isPresent();
        return device ? logits.graph().emit(choose, logits, step.input(HOW)) : logits;
    }

    private static TensorType how(int sequences) {
        return TensorType.of(DType.INT64, sequences, ChooseToken.COLUMNS);
    }

    /** Lengths of the stretches that programs read: 1, and longer ones up to the room in the cache. */
    private static List<Integer> stretches(int capacity) {
        List<Integer> all = new ArrayList<>();
        int longest = Math.min(capacity, STRETCHES[STRETCHES.length - 1]);
        for (int stretch : STRETCHES) {
            if (stretch < longest) {
                all.add(stretch);
            }
        }
        all.add(longest);
        return all;
    }

    private static String program(int stretch) {
        return stretch == 1 ? DECODE : "prefill." + stretch;
    }

    private static Signature signature(int sequences, int stretch) {
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        fields.put(TOKENS, TensorType.of(DType.INT32, sequences, stretch));
        fields.put(POSITIONS, TensorType.of(DType.INT32, sequences, stretch));
        fields.put(ROWS, TensorType.of(DType.INT32, sequences));
        fields.put(HOW, how(sequences));
        return new Signature(sequences, fields);
    }

    /**
     * Compiles a model and allocates its memory; parameters and cache are zero. Give it parameters by
     * {@link Session#initialize} or {@code Restoring.parameters} on {@link #session}.
     *
     * @throws JavelinException as {@link #compile} and {@link Session#open}
     */
    public static CachedModel open(
            GenerativeModule module, GenerationOptions options, Strategy strategy, Accelerator accelerator) {
        Compilation compilation = compile(module, options, strategy, accelerator.planner());
        return new CachedModel(module, options, Session.open(compilation, accelerator, SessionOptions.standard()));
    }

    // Reading ------------------------------------------------------------------------------------------------------

    /** The model's memory, with its parameters. */
    public Session session() {
        return session;
    }

    public GenerationOptions options() {
        return options;
    }

    /** How many tokens of a text are in the cache. */
    public int length(int sequence) {
        return lengths[sequence];
    }

    /** Empties the cache of one text: its next token is at position 0. */
    public void forget(int sequence) {
        lengths[sequence] = 0;
    }

    /** The same, after which the largest logit of each text is {@link #chosen}. */
    public void read(List<int[]> tokens) {
        read(tokens, Collections.nCopies(tokens.size(), LARGEST));
    }

    /**
     * Reads more tokens of each text.
     *
     * @param tokens for each of the B texts; none for those that wait
     * @param choices how the token that follows is chosen, of each text that does not wait
     * @throws JavelinException {@code JVL-API-0043} for a token outside the vocabulary, {@code JVL-API-0044} if a text
     *     outgrows the cache
     */
    public void read(List<int[]> tokens, List<TokenChoice> choices) {
        check(tokens);
        for (int b = 0; b < tokens.size(); b++) {
            if (tokens.get(b).length > 0) {
                next.set(b, choices.get(b));
            }
        }
        int[] done = new int[tokens.size()];
        for (int left = most(tokens, done); left > 0; left = most(tokens, done)) {
            readStretch(tokens, done, stretch(left));
        }
    }

    private void check(List<int[]> tokens) {
        if (tokens.size() != options.sequences()) {
            throw new IllegalArgumentException(
                    tokens.size() + " texts for a model that reads " + options.sequences() + " side by side");
        }
        for (int b = 0; b < tokens.size(); b++) {
            if (lengths[b] + (long) tokens.get(b).length > options.capacity()) {
                throw new JavelinException(
                        "JVL-API-0044",
                        "text " + (b + 1) + ": " + tokens.get(b).length + " tokens after " + lengths[b] + ", room for "
                                + options.capacity(),
                        "let the model forget the text and read its last tokens again");
            }
            for (int token : tokens.get(b)) {
                if (token < 0 || token >= module.vocabulary()) {
                    throw new JavelinException(
                            "JVL-API-0043",
                            "token " + token + " of text " + (b + 1) + " is not one of the model's "
                                    + module.vocabulary(),
                            "use the tokenizer that the model was trained with");
                }
            }
        }
    }

    private static int most(List<int[]> tokens, int[] done) {
        int most = 0;
        for (int b = 0; b < done.length; b++) {
            most = Math.max(most, tokens.get(b).length - done[b]);
        }
        return most;
    }

    /** The longest stretch that is filled by so many tokens, or the next one if half of that is. */
    private int stretch(int left) {
        int up = batches.ceilingKey(left) == null ? batches.lastKey() : batches.ceilingKey(left);
        int down = batches.floorKey(left);
        return down == 1 && left > 1 || 2 * left > up ? up : down;
    }

    private void readStretch(List<int[]> tokens, int[] done, int stretch) {
        HostBatch batch = batches.get(stretch);
        if (batch == null) {
            throw new IllegalStateException("no program reads " + stretch + " tokens");
        }
        long start = System.nanoTime();
        int[] counts = new int[done.length];
        long read = 0;
        for (int b = 0; b < done.length; b++) {
            counts[b] = Math.min(stretch, tokens.get(b).length - done[b]);
            read += counts[b];
            fill(batch, b, stretch, tokens.get(b), done[b], counts[b]);
        }
        session.infer(program(stretch), batch, result);
        long width = last.byteSize() / done.length;
        for (int b = 0; b < done.length; b++) {
            done[b] += counts[b];
            lengths[b] += counts[b];
            if (counts[b] > 0) {
                MemorySegment.copy(result, b * width, last, b * width, width);
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        timing = stretch == 1 ? timing.withDecode(read, seconds) : timing.withPrefill(read, seconds);
    }

    private void fill(HostBatch batch, int b, int stretch, int[] tokens, int first, int count) {
        MemorySegment ids = field(batch, TOKENS);
        MemorySegment positions = field(batch, POSITIONS);
        for (int t = 0; t < stretch; t++) {
            long at = (long) b * stretch + t;
            ids.setAtIndex(ValueLayout.JAVA_INT, at, t < count ? tokens[first + t] : 0);
            positions.setAtIndex(ValueLayout.JAVA_INT, at, t < count ? lengths[b] + t : PADDING);
        }
        field(batch, ROWS).setAtIndex(ValueLayout.JAVA_INT, b, b * stretch + Math.max(0, count - 1));
        MemorySegment.copy(
                next.get(b).row(),
                0,
                field(batch, HOW),
                ValueLayout.JAVA_LONG,
                8L * b * ChooseToken.COLUMNS,
                ChooseToken.COLUMNS);
    }

    private static MemorySegment field(HostBatch batch, String name) {
        return java.util.Objects.requireNonNull(batch.fields().get(name));
    }

    /** True if the device chooses: then {@link #chosen} is all that comes of a text. */
    public boolean choosesOnDevice() {
        return resultType.dtype() == DType.INT32;
    }

    /**
     * The token that follows a text, as of its last token that was read, chosen as the read of that token said;
     * {@link ChooseToken#NONE} if there are no numbers to choose by.
     */
    public int chosen(int sequence) {
        return choosesOnDevice()
                ? last.getAtIndex(ValueLayout.JAVA_INT, sequence)
                : next.get(sequence).choose(logits(sequence, vocabulary()));
    }

    /**
     * The logits of what follows a text, as of its last token that was read.
     *
     * @param count how many, from token 0 on
     * @throws IllegalStateException if the device chooses: ask for {@link GenerationOptions.Chooser#HOST}
     */
    public double[] logits(int sequence, int count) {
        if (choosesOnDevice()) {
            throw new IllegalStateException(
                    "the device chooses tokens: open the model with the chooser HOST for logits");
        }
        double[] values = new double[count];
        long first = sequence * module.vocabulary();
        for (int i = 0; i < count; i++) {
            values[i] = Numbers.get(last, resultType.dtype(), first + i);
        }
        return values;
    }

    /** V, the number of token ids. */
    public int vocabulary() {
        return Math.toIntExact(module.vocabulary());
    }

    /** What was read so far, and for how long. */
    public Timing timing() {
        return timing;
    }

    @Override
    public void close() {
        session.close();
        arena.close();
    }
}
