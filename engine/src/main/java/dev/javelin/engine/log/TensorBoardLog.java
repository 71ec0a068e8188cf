package dev.javelin.engine.log;

import dev.javelin.api.trainer.Spike;
import dev.javelin.api.trainer.StepMetrics;
import dev.javelin.api.trainer.ValidationMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Event files for TensorBoard ({@code tensorboard --logdir runs}) and whatever reads its files.
 *
 * <p>Scalars have the tags {@code train/loss}, {@code train/grad_norm}, {@code train/lr}, {@code val/loss}, {@code
 * throughput/tokens_per_second} and its like, {@code communication/...}, {@code spikes/loss} and {@code
 * spikes/grad_norm} at steps that stand out, and {@code train/NAME} or
 * {@code val/NAME} for what a module logs. As everywhere in TensorBoard they are 32-bit.
 *
 * <p>Each process of a run writes a file of its own, {@code events.out.tfevents.SECONDS.javelin.STEP}, which sorts behind
 * those before. A process that begins at an earlier step cuts later events off the files that are there, and says where
 * it begins, so that a TensorBoard that has already read them forgets them too.
 */
public final class TensorBoardLog extends LogFile {
    private static final Pattern FILE = Pattern.compile("events\\.out\\.tfevents\\.(\\d{10,})\\.javelin\\.\\d+");

    private static final Map<String, String> TAGS = Map.of(Spike.GRADIENT_NORM, "grad_norm");

    private final Map<String, String> texts;
    private final InstantSource clock;
    private @Nullable EventFile file;

    /**
     * @param texts in Markdown, by tag: what the run was started with
     */
    public TensorBoardLog(Path folder, Map<String, String> texts) {
        this(folder, texts, InstantSource.system());
    }

    TensorBoardLog(Path folder, Map<String, String> texts, InstantSource clock) {
        super(folder);
        this.texts = new TreeMap<>(texts);
        this.clock = clock;
    }

    /** The event files in a folder that runs wrote, oldest first; none if there is no such folder. */
    public static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(
                            file -> FILE.matcher(file.getFileName().toString()).matches())
                    .sorted()
                    .toList();
        }
    }

    @Override
    double begin(long afterStep) throws IOException {
        Files.createDirectories(folder());
        long newest = 0;
        for (Path before : files(folder())) {
            Matcher name = FILE.matcher(before.getFileName().toString());
            if (name.matches()) {
                newest = Math.max(newest, Long.parseLong(name.group(1)));
            }
            // The version alone says nothing.
            if (EventFile.cut(before, event -> stays(event, afterStep)) <= 1) {
                Files.delete(before);
            }
        }
        long seconds = Math.max(newest + 1, clock.millis() / 1000);
        EventFile fresh = EventFile.create(folder().resolve(
                        String.format(Locale.ROOT, "events.out.tfevents.%010d.javelin.%d", seconds, afterStep + 1)));
        file = fresh;
        fresh.write(Event.version(now()));
        fresh.write(Event.start(now(), afterStep + 1));
        for (Map.Entry<String, String> text : texts.entrySet()) {
            fresh.write(Event.text(now(), afterStep + 1, text.getKey(), text.getValue()));
        }
        return 0;
    }

    private static boolean stays(byte[] event, long afterStep) {
        try {
            return Event.step(event) <= afterStep;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private double now() {
        return clock.millis() / 1000.0;
    }

    @Override
    public boolean onStep(StepMetrics metrics) {
        SequencedMap<String, Double> values = new LinkedHashMap<>();
        values.put("train/loss", metrics.loss());
        values.put("train/grad_norm", metrics.gradientNorm());
        values.put("train/lr", metrics.learningRate());
        values.put("throughput/tokens_per_second", metrics.tokensPerSecond());
        values.put("throughput/device_bytes", (double) metrics.deviceBytes());
        values.put("throughput/samples_per_second", metrics.work().samplesPerSecond());
        values.put("throughput/flops_per_second", metrics.work().flopsPerSecond());
        values.put("throughput/device_share", metrics.work().deviceShare());
        values.put("throughput/data_share", metrics.work().dataShare());
        metrics.scaling().ifPresent(scaling -> {
            values.put("train/loss_scale", scaling.scale());
            values.put("train/skipped_steps", (double) scaling.skippedSteps());
        });
        if (!metrics.communication().parts().isEmpty()) {
            values.put(
                    "communication/sent_bytes", (double) metrics.communication().bytes());
            values.put("communication/seconds", metrics.communication().seconds());
            values.put("communication/exposed_seconds", metrics.communication().exposedSeconds());
        }
        logged(values, "train/", metrics.logged());
        write(metrics.step(), values);
        return true;
    }

    @Override
    public void onSpike(Spike spike) {
        write(spike.step(), Map.of("spikes/" + TAGS.getOrDefault(spike.quantity(), spike.quantity()), spike.value()));
    }

    @Override
    public void onValidation(ValidationMetrics metrics) {
        SequencedMap<String, Double> values = new LinkedHashMap<>();
        values.put("val/loss", metrics.loss());
        logged(values, "val/", metrics.logged());
        write(metrics.step(), values);
    }

    /** A module that logs a number under a name of ours finds it under {@code logged}. */
    private static void logged(Map<String, Double> values, String prefix, Map<String, Double> logged) {
        new TreeMap<>(logged)
                .forEach((name, value) ->
                        values.put(prefix + (values.containsKey(prefix + name) ? "logged/" : "") + name, value));
    }

    private void write(long step, Map<String, Double> values) {
        EventFile target = Objects.requireNonNull(file);
        attempt(() -> target.write(Event.scalars(now(), step, values)));
    }

    @Override
    void end() throws IOException {
        Objects.requireNonNull(file).close();
    }
}
