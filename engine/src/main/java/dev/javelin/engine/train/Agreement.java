package dev.javelin.engine.train;

import dev.javelin.api.Dataset;
import dev.javelin.api.Initializer;
import dev.javelin.api.optimizer.ParameterGroup;
import dev.javelin.api.trainer.TrainerOptions;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.checkpoint.Checkpoint;
import dev.javelin.engine.world.Member;
import dev.javelin.engine.world.RankFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure, before the first step, that all ranks run the same program on the same terms. Each tells the checksum of
 * its lines; where checksums differ, the ranks that differ from the majority (from the first rank, if there is none) are
 * guilty, and the first line that differs is shown as both have it.
 */
final class Agreement {
    private static final String KEY = "agreement/";
    /** What the lines of instructions have, and no others. */
    private static final String INSTRUCTION = ", instruction ";

    private static final int PIECE_BYTES = 60_000;

    private Agreement() {}

    /** What ranks must have in common: settings, data, state to go on from, and every instruction. */
    static List<String> lines(
            Compilation compilation,
            TrainerOptions options,
            EngineTrainer.Data data,
            RunState start,
            @Nullable Checkpoint checkpoint) {
        List<String> lines = new ArrayList<>();
        lines.add("seed " + options.seed());
        lines.add("batch " + options.batch() + " in " + options.accumulation() + " micro-batches");
        lines.add("precision " + options.precision().label());
        lines.add("loss scaling " + options.types().scaling());
        lines.add("steps " + start.step() + " to " + options.maxSteps());
        lines.add(
                "validation every " + options.validateEvery() + " steps, " + options.validationBatches() + " batches");
        lines.add("checkpoints " + options.checkpoints());
        lines.add("averaging " + options.averaging());
        lines.add("fast-dev-run " + options.fastDevRun());
        lines.add("early stopping " + options.earlyStopping());
        lines.add("strategy " + options.strategy());
        lines.add("communicator " + options.ranks().communicator());
        lines.add("training data of " + text(data.train()));
        lines.add("validation data of " + (data.validation() == null ? "none" : text(data.validation())));
        lines.add("going on from " + (checkpoint == null ? beginning(options) : checkpoint.fingerprint()));
        for (long step : new long[] {1, 2, options.maxSteps()}) {
            lines.add(
                    "learning rate of step " + step + " " + options.schedule().learningRate(step, options.maxSteps()));
        }
        addOptimizer(lines, options);
        lines.addAll(compilation.lines());
        addInitializers(lines, compilation, options.seed());
        return lines;
    }

    private static String beginning(TrainerOptions options) {
        if (options.init() == null) {
            return "nothing";
        }
        try (Checkpoint weights = Checkpoint.open(options.init())) {
            return "the weights of " + weights.fingerprint();
        }
    }

    private static String text(Dataset data) {
        DataPrint print = DataPrint.of(data);
        return print.rows() + " rows, checksum " + print.crc();
    }

    private static void addOptimizer(List<String> lines, TrainerOptions options) {
        for (ParameterGroup group : options.optimizer()) {
            lines.add("optimizer group " + group.name() + ": "
                    + group.optimizer().name() + ", factor " + group.learningRateFactor());
            for (String scalar : group.optimizer().scalars()) {
                lines.add("optimizer group " + group.name() + ": " + scalar + " "
                        + group.optimizer().scalar(scalar, 1) + ", "
                        + group.optimizer().scalar(scalar, 2));
            }
        }
    }

    /** An initializer is known by what it gives to the first and the last element: nothing is broadcast. */
    private static void addInitializers(List<String> lines, Compilation compilation, long seed) {
        compilation.paths().parameters().forEach((path, parameter) -> {
            Initializer.Source source = new Initializer.Source(seed, path);
            long last = Math.max(0, parameter.shape().elements() - 1);
            lines.add("parameter " + path + " begins with "
                    + parameter.initializer().value(source, 0) + " and ends with "
                    + parameter.initializer().value(source, last));
        });
    }

    /**
     * Compares lines with the other ranks'.
     *
     * @throws RankFailure {@code JVL-RNK-0004}, the same on all ranks, if they differ
     */
    static void require(Member member, List<String> lines) {
        member.put(KEY + member.rank(), checksum(lines).getBytes(StandardCharsets.US_ASCII));
        Map<String, List<Integer>> ranks = new LinkedHashMap<>();
        for (int rank = 0; rank < member.size(); rank++) {
            String sum = new String(member.get(KEY + rank), StandardCharsets.US_ASCII);
            ranks.computeIfAbsent(sum, s -> new ArrayList<>()).add(rank);
        }
        if (ranks.size() == 1) {
            return;
        }
        publish(member, lines);
        List<Integer> most = majority(new ArrayList<>(ranks.values()), member.size());
        int guilty = ranks.values().stream()
                .filter(group -> !group.equals(most))
                .mapToInt(List::getFirst)
                .min()
                .orElseThrow();
        int witness = most.getFirst();
        throw differ(guilty, fetch(member, guilty), witness, fetch(member, witness));
    }

    private static List<Integer> majority(List<List<Integer>> groups, int size) {
        return groups.stream()
                .filter(group -> 2 * group.size() > size)
                .findFirst()
                .orElseGet(() -> Objects.requireNonNull(groups.getFirst()));
    }

    private static RankFailure differ(int guilty, List<String> its, int witness, List<String> theirs) {
        String problem = "rank " + guilty + " does not run the same program as rank " + witness + ": "
                + difference(guilty, its, witness, theirs);
        List<String> itsOwn = instructions(its);
        List<String> others = instructions(theirs);
        if (!itsOwn.equals(others) && !problem.contains(INSTRUCTION)) {
            problem += "; the first instruction that differs: " + difference(guilty, itsOwn, witness, others);
        }
        return new RankFailure(
                "JVL-RNK-0004",
                guilty,
                problem,
                "start all ranks with the same configuration, model, data and version of Javelin");
    }

    /** The first line that differs, as both have it. */
    private static String difference(int guilty, List<String> its, int witness, List<String> theirs) {
        int at = 0;
        while (at < its.size() && at < theirs.size() && its.get(at).equals(theirs.get(at))) {
            at++;
        }
        String own = at < its.size() ? its.get(at) : "(nothing)";
        String other = at < theirs.size() ? theirs.get(at) : "(nothing)";
        return "where rank " + witness + " has \"" + other + "\", rank " + guilty + " has \"" + own + "\"";
    }

    private static List<String> instructions(List<String> lines) {
        return lines.stream().filter(line -> line.contains(INSTRUCTION)).toList();
    }

    private static String checksum(List<String> lines) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            lines.forEach(line -> digest.update((line + "\n").getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    private static void publish(Member member, List<String> lines) {
        try {
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
                out.write(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
            }
            byte[] bytes = packed.toByteArray();
            int pieces = Math.ceilDiv(bytes.length, PIECE_BYTES);
            for (int i = 0; i < pieces; i++) {
                int end = Math.min(bytes.length, (i + 1) * PIECE_BYTES);
                member.put(key(member.rank(), i), java.util.Arrays.copyOfRange(bytes, i * PIECE_BYTES, end));
            }
            member.put(key(member.rank(), pieces), new byte[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> fetch(Member member, int rank) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        for (int i = 0; ; i++) {
            byte[] piece = member.get(key(rank, i));
            if (piece.length == 0) {
                break;
            }
            packed.writeBytes(piece);
        }
        try (InflaterInputStream in = new InflaterInputStream(new java.io.ByteArrayInputStream(packed.toByteArray()))) {
            return List.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String key(int rank, int piece) {
        return KEY + rank + "/lines/" + piece;
    }
}
