package dev.javelin.tck.golden;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.api.optimizer.AdamW;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.api.trainer.Precision;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.CompileOptions;
import dev.javelin.engine.Share;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Numbers;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.SessionOptions;
import dev.javelin.engine.run.StateEntry;
import dev.javelin.engine.run.StateMap;
import dev.javelin.engine.run.StepResult;
import dev.javelin.engine.run.StepScale;
import dev.javelin.engine.run.Team;
import dev.javelin.engine.trace.Signature;
import dev.javelin.engine.world.Pulse;
import dev.javelin.models.GptSpec;
import dev.javelin.models.LlamaSpec;
import dev.javelin.models.ModelSpec;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.strategy.Mesh;
import dev.javelin.spi.strategy.Strategy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Repeats a golden run step by step from the same weights on the same batches. */
public final class GoldenRun {
    /** Repeated, the target -1, which the loss ignores. */
    private static final byte IGNORED = -1;

    private static final double SMALLEST_SCALE = 0x1p-24;

    private final GoldenCase golden;
    private final Precision precision;
    private final int accumulation;
    private final @Nullable Team team;
    private final int rank;
    private final int ranks;
    private StepScale scale;

    private GoldenRun(GoldenCase golden, Precision precision, @Nullable Team team) {
        this.golden = golden;
        this.precision = precision;
        scale = StepScale.first(precision.plan().scaling());
        this.team = team;
        rank = team == null ? 0 : team.rank();
        ranks = team == null ? 1 : team.size();
        this.accumulation = golden.integer("accum");
    }

    /**
     * Runs a case.
     *
     * @throws JavelinException {@code JVL-DAT-0031} for an architecture that Javelin has no model for
     */
    public static GoldenReport run(GoldenCase golden, Precision precision, Accelerator accelerator, Strategy strategy) {
        return new GoldenRun(golden, precision, null).run(accelerator, strategy);
    }

    /** Runs a case as one rank of several, the rows of each micro-batch dealt over them; each reports its own errors. */
    public static GoldenReport run(
            GoldenCase golden, Precision precision, Accelerator accelerator, Strategy strategy, Team team) {
        return new GoldenRun(golden, precision, team).run(accelerator, strategy);
    }

    private GoldenReport run(Accelerator accelerator, Strategy strategy) {
        Compilation compilation = Compilation.compile(module(), options(), strategy, accelerator.planner());
        try (Session session = Session.open(compilation, accelerator, sessionOptions())) {
            if (team != null) {
                team.member().pulse().enter(Pulse.Phase.TRAIN);
            }
            for (StateEntry entry : StateMap.persistent(compilation)) {
                if (entry.kind().equals(StateEntry.PARAM)) {
                    session.write(
                            entry,
                            golden.tensor(
                                    "weights.init." + entry.path(),
                                    precision.plan().master()));
                }
            }
            double lossError = 0;
            double gradientError = 0;
            for (int step = 0; step < golden.integer("steps"); step++) {
                StepResult result = step(session, step);
                lossError = worse(lossError, relative(result.loss(), golden.loss(step)));
                if (step == 0) {
                    double seed = scale.scale() / compilation.lossDivisor();
                    gradientError = gradientError(session, result.weight() * seed);
                }
            }
            return new GoldenReport(
                    golden.name(), precision, lossError, gradientError, weightError(session), sha256(session));
        }
    }

    /** One step; where scaled losses overflow it is repeated with half the scale, because the reference skips none. */
    private StepResult step(Session session, int step) {
        StepResult result = session.train(step + 1L, golden.number("lr"), golden.integer("seed"), batches(step), scale);
        while (!result.finite() && precision.plan().scaling().active() && scale.scale() > SMALLEST_SCALE) {
            scale = new StepScale(scale.scale() / 2, 0);
            result = session.train(step + 1L, golden.number("lr"), golden.integer("seed"), batches(step), scale);
        }
        return result;
    }

    private SessionOptions sessionOptions() {
        SessionOptions standard = SessionOptions.standard();
        return team == null ? standard : standard.withTeam(team);
    }

    private TrainingModule module() {
        int layers = golden.integer("layers");
        int width = golden.integer("dim");
        int heads = golden.integer("heads");
        int vocab = golden.integer("vocab");
        int block = golden.integer("block");
        ModelSpec spec = switch (golden.text("arch")) {
            case "gpt" -> new GptSpec(layers, width, heads, vocab, block, true, 0);
            case "llama" -> LlamaSpec.of(layers, width, heads, or("kv", heads), or("ff", 4 * width), vocab, block);
            default ->
                throw new JavelinException(
                        "JVL-DAT-0031",
                        "golden case " + golden.name() + " is of architecture '" + golden.text("arch") + "'",
                        "Javelin has models for: gpt, llama");
        };
        return spec.module();
    }

    /** A number of the configuration, where 0 stands for the usual one. */
    private int or(String key, int usual) {
        int value = golden.integer(key);
        return value == 0 ? usual : value;
    }

    private CompileOptions options() {
        AdamW optimizer = new AdamW(
                golden.number("beta1"), golden.number("beta2"), golden.number("eps"), golden.number("wd"), true);
        double clip = golden.number("clip");
        return CompileOptions.training(precision.plan(), signature(), ParameterGroup.all(optimizer))
                .withAccumulation(accumulation)
                .withClipping(clip > 0 ? Clipping.byNorm(clip) : Clipping.none())
                .withKeepGradients(true)
                .withMesh(Mesh.data(ranks));
    }

    private Signature signature() {
        long rows = Share.most(golden.integer("batch"), ranks);
        TensorType tokens = TensorType.of(DType.INT32, rows, golden.integer("block"));
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        fields.put("tokens", tokens);
        fields.put("targets", tokens);
        return new Signature(rows, fields);
    }

    private List<HostBatch> batches(int step) {
        List<HostBatch> batches = new ArrayList<>();
        Share share = Share.of(golden.integer("batch"), rank, ranks);
        for (int micro = 0; micro < accumulation; micro++) {
            Map<String, MemorySegment> fields = Map.of(
                    "tokens", share(golden.batch("tokens", step, micro), share, (byte) 0),
                    "targets", share(golden.batch("targets", step, micro), share, IGNORED));
            batches.add(new HostBatch(fields, share.rows(), (long) micro * golden.integer("batch") + share.first()));
        }
        return batches;
    }

    /** This rank's rows; those that pad the share have a target that counts for nothing. */
    private MemorySegment share(MemorySegment whole, Share share, byte padding) {
        if (ranks == 1) {
            return whole;
        }
        long rowBytes = whole.byteSize() / golden.integer("batch");
        MemorySegment part = Arena.ofAuto().allocate(Share.most(golden.integer("batch"), ranks) * rowBytes, 64);
        part.fill(padding);
        MemorySegment.copy(whole, share.first() * rowBytes, part, 0, share.rows() * rowBytes);
        return part;
    }

    private double gradientError(Session session, double weight) {
        double worst = 0;
        for (StateEntry entry : StateMap.gradients(session.compilation())) {
            MemorySegment actual = read(session, entry);
            worst = worse(worst, error(actual, entry.type(), 1 / weight, "grads.first." + entry.path()));
        }
        return worst;
    }

    private double weightError(Session session) {
        double worst = 0;
        for (StateEntry entry : parameters(session)) {
            worst = worse(worst, error(read(session, entry), entry.type(), 1, "weights.final." + entry.path()));
        }
        return worst;
    }

    /** max |x · scale − reference| / max |reference|; NaN counts as infinite. */
    private double error(MemorySegment actual, TensorType type, double scale, String reference) {
        MemorySegment expected = golden.tensor(reference, DType.FLOAT64);
        double largest = 0;
        double difference = 0;
        for (long i = 0; i < type.elements(); i++) {
            double e = Numbers.get(expected, DType.FLOAT64, i);
            largest = Math.max(largest, Math.abs(e));
            difference = worse(difference, Math.abs(Numbers.get(actual, type.dtype(), i) * scale - e));
        }
        return difference / largest;
    }

    private static double relative(double actual, double expected) {
        return Math.abs(actual - expected) / Math.abs(expected);
    }

    private static double worse(double a, double b) {
        return Double.isNaN(b) ? Double.POSITIVE_INFINITY : Math.max(a, b);
    }

    private static String sha256(Session session) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (StateEntry entry : parameters(session)) {
                digest.update(read(session, entry).asByteBuffer());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** Parameters in the order of declaration, which no strategy changes. */
    private static List<StateEntry> parameters(Session session) {
        List<String> order =
                List.copyOf(session.compilation().paths().parameters().keySet());
        return StateMap.persistent(session.compilation()).stream()
                .filter(entry -> entry.kind().equals(StateEntry.PARAM))
                .sorted(java.util.Comparator.comparingInt(entry -> order.indexOf(entry.path())))
                .toList();
    }

    private static MemorySegment read(Session session, StateEntry entry) {
        MemorySegment memory = Arena.ofAuto().allocate(entry.type().bytes(), 64);
        session.read(entry, memory);
        return memory;
    }
}
