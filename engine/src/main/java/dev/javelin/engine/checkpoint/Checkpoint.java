package dev.javelin.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.engine.checkpoint.Manifest.StoredFile;
import dev.javelin.engine.checkpoint.Manifest.StoredRange;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A committed checkpoint, opened for reading. Opening checks the commit marker, the manifest and every file's size and
 * header; a range's bytes are checked against their sum when they are first read.
 *
 * <pre>{@code
 * try (Checkpoint checkpoint = Checkpoint.open(Path.of("runs/a"))) {
 *     checkpoint.requireExactly(StateRange.PARAM, expectedTypesByPath);
 *     checkpoint.read("wte.weight", StateRange.PARAM, 0, elements, DType.FLOAT32, destination);
 * }
 * }</pre>
 */
public final class Checkpoint implements AutoCloseable {
    private static final long BUFFER_BYTES = 4 << 20;

    private final Path folder;
    private final Manifest manifest;
    private final Map<String, SafetensorsReader> files;
    private final Map<List<String>, List<StoredRange>> ranges = new HashMap<>();
    private final Set<StoredRange> verified = new HashSet<>();

    private Checkpoint(Path folder, Manifest manifest, Map<String, SafetensorsReader> files) {
        this.folder = folder;
        this.manifest = manifest;
        this.files = files;
        for (StoredRange stored : manifest.ranges()) {
            ranges.computeIfAbsent(List.of(stored.range().path(), stored.range().kind()), key -> new ArrayList<>())
                    .add(stored);
        }
        ranges.values()
                .forEach(list -> list.sort(
                        Comparator.comparingLong(stored -> stored.range().element())));
    }

    /**
     * Opens a checkpoint folder, or of a run folder its newest committed checkpoint.
     *
     * @throws JavelinException {@code JVL-CKP-0010} if there is none, {@code 0011} if it is not committed or its
     *     manifest is damaged, {@code 0012} if the manifest is of another version, {@code 0013} if a file is missing or
     *     has another size, {@code 0014} if a header is damaged
     */
    public static Checkpoint open(Path path) {
        Path folder = locate(path);
        Manifest manifest = manifest(folder);
        Map<String, SafetensorsReader> files = new HashMap<>();
        try {
            for (StoredFile file : manifest.files()) {
                files.put(file.name(), open(folder, file));
            }
            Checkpoint checkpoint = new Checkpoint(folder, manifest, files);
            checkpoint.requireStored();
            return checkpoint;
        } catch (RuntimeException e) {
            files.values().forEach(SafetensorsReader::close);
            throw e;
        }
    }

    private static Path locate(Path path) {
        if (RunFolder.isCheckpoint(path)) {
            return path;
        }
        return RunFolder.newest(path)
                .map(RunFolder.Found::folder)
                .orElseThrow(() -> new JavelinException(
                        "JVL-CKP-0010",
                        Files.exists(path)
                                ? "there is no checkpoint in " + path.toAbsolutePath()
                                : "there is no folder " + path.toAbsolutePath(),
                        "give the folder of a run that has saved a checkpoint, or a folder checkpoint-STEP in it"));
    }

    private static Manifest manifest(Path folder) {
        byte[] json;
        byte[] marker;
        try {
            marker = Files.readAllBytes(folder.resolve(Manifest.MARKER));
            json = Files.readAllBytes(folder.resolve(Manifest.FILE));
        } catch (IOException e) {
            throw uncommitted(folder, "cannot be read: " + e);
        }
        if (!Arrays.equals(marker, Manifest.marker(json))) {
            throw uncommitted(folder, "have been changed or damaged: they do not agree");
        }
        return Manifest.parse(folder, json);
    }

    private static JavelinException uncommitted(Path folder, String problem) {
        return new JavelinException(
                "JVL-CKP-0011",
                Manifest.FILE + " and " + Manifest.MARKER + " of " + folder + " " + problem,
                "use another checkpoint of the run");
    }

    private static SafetensorsReader open(Path folder, StoredFile file) {
        Path path = folder.resolve(file.name());
        long bytes;
        try {
            bytes = Files.size(path);
        } catch (IOException e) {
            throw damaged("JVL-CKP-0013", path + " is missing", e);
        }
        if (bytes != file.bytes()) {
            throw damaged("JVL-CKP-0013", path + " has " + bytes + " bytes, expected " + file.bytes(), null);
        }
        try {
            SafetensorsReader reader = SafetensorsReader.open(path);
            if (reader.headerCrc() == file.headerCrc()) {
                return reader;
            }
            reader.close();
        } catch (JavelinException e) {
            throw damaged("JVL-CKP-0014", path + " is damaged in its header", e);
        }
        throw damaged("JVL-CKP-0014", path + " is damaged in its header: its checksum differs", null);
    }

    private static JavelinException damaged(String code, String problem, @Nullable Exception cause) {
        String remedy = "copy the checkpoint again from where it was whole, or use another checkpoint of the run";
        return cause == null
                ? new JavelinException(code, problem, remedy)
                : new JavelinException(code, problem, remedy, cause);
    }

    private void requireStored() {
        for (StoredRange stored : manifest.ranges()) {
            SafetensorsReader file = files.get(stored.file());
            TensorType actual =
                    file == null ? null : file.tensors().get(stored.range().tensorName());
            if (!stored.range().storedType().equals(actual)) {
                throw damaged(
                        "JVL-CKP-0014",
                        folder.resolve(stored.file()) + " holds "
                                + stored.range().tensorName() + " as " + actual + ", the manifest says "
                                + stored.range().storedType(),
                        null);
            }
        }
    }

    /** The validation loss that a checkpoint was written with, if any. */
    static OptionalDouble validationLoss(Path folder) {
        JsonNode loss = manifest(folder).state().get("validationLoss");
        return loss == null || !loss.isNumber() ? OptionalDouble.empty() : OptionalDouble.of(loss.doubleValue());
    }

    public Path folder() {
        return folder;
    }

    /** Optimizer steps done when it was written. */
    public long step() {
        return manifest.step();
    }

    /** What the run wrote about itself; a copy. */
    public ObjectNode state() {
        return manifest.state().deepCopy();
    }

    /** What tells it from all others: the sum of its manifest, which holds the sums of its tensors. */
    public String fingerprint() {
        return "checkpoint of step " + step() + ", "
                + new String(Manifest.marker(manifest.encode()), java.nio.charset.StandardCharsets.US_ASCII).strip();
    }

    /** The types of the whole tensors of a kind, by path. */
    public SequencedMap<String, TensorType> tensors(String kind) {
        SequencedMap<String, TensorType> types = new LinkedHashMap<>();
        for (StoredRange stored : manifest.ranges()) {
            if (stored.range().kind().equals(kind)) {
                types.put(stored.range().path(), stored.range().type());
            }
        }
        return types;
    }

    /** All kinds of state, parameters first. */
    public List<String> kinds() {
        return manifest.ranges().stream()
                .map(stored -> stored.range().kind())
                .distinct()
                .toList();
    }

    /**
     * Refuses a checkpoint whose tensors of a kind are not the expected ones; element types may differ if they are
     * floating.
     *
     * @throws JavelinException {@code JVL-CKP-0015} naming missing, extra and mis-shaped tensors
     */
    public void requireExactly(String kind, Map<String, TensorType> expected) {
        SequencedMap<String, TensorType> actual = tensors(kind);
        List<String> problems = new ArrayList<>();
        expected.forEach((path, type) -> {
            TensorType stored = actual.get(path);
            if (stored == null) {
                problems.add(path + " is missing");
            } else if (!stored.shape().equals(type.shape())) {
                problems.add(path + " is " + stored.shape() + ", expected " + type.shape());
            }
        });
        actual.keySet().stream()
                .filter(path -> !expected.containsKey(path))
                .forEach(path -> problems.add(path + " is not in the model"));
        if (!problems.isEmpty()) {
            int shown = Math.min(problems.size(), 5);
            throw new JavelinException(
                    "JVL-CKP-0015",
                    "the " + kind + " tensors of " + folder + " do not fit the model: "
                            + String.join("; ", problems.subList(0, shown))
                            + (problems.size() > shown ? "; and " + (problems.size() - shown) + " more" : ""),
                    "use the model that the checkpoint was written with");
        }
    }

    /**
     * Reads a range of the elements of a whole tensor, however it was cut when it was written.
     *
     * @param element first element, row-major in the whole tensor
     * @param as element type to deliver; floating types convert into each other
     * @param destination of at least {@code elements} elements
     * @throws JavelinException {@code JVL-CKP-0014} if the bytes are damaged, {@code 0016} if the checkpoint does not
     *     hold the whole range, {@code 0017} if the types do not convert
     */
    public void read(String path, String kind, long element, long elements, DType as, MemorySegment destination) {
        long at = element;
        for (StoredRange stored : ranges.getOrDefault(List.of(path, kind), List.of())) {
            StateRange range = stored.range();
            long to = Math.min(element + elements, range.element() + range.elements());
            if (range.element() <= at && at < to) {
                MemorySegment part = destination.asSlice((at - element) * as.bytes(), (to - at) * as.bytes());
                readPart(stored, at - range.element(), to - at, as, part);
                at = to;
            }
        }
        if (at < element + elements) {
            throw new JavelinException(
                    "JVL-CKP-0016",
                    folder + " does not hold element " + at + " of the " + kind + " tensor " + path + ", elements "
                            + element + " to " + (element + elements) + " are needed",
                    "use a checkpoint of the same model and optimizer");
        }
    }

    private void readPart(StoredRange stored, long element, long elements, DType as, MemorySegment part) {
        DType dtype = stored.range().type().dtype();
        Conversion.require(dtype, as, stored.range().path());
        verify(stored);
        SafetensorsReader file = Objects.requireNonNull(files.get(stored.file()));
        String name = stored.range().tensorName();
        if (dtype == as) {
            file.read(name, element, elements, part);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            long most = Math.min(elements, BUFFER_BYTES / dtype.bytes());
            MemorySegment buffer = arena.allocate(most * dtype.bytes(), 64);
            for (long done = 0; done < elements; done += most) {
                long now = Math.min(most, elements - done);
                file.read(name, element + done, now, buffer);
                Conversion.convert(buffer, dtype, part.asSlice(done * as.bytes()), as, now);
            }
        }
    }

    /**
     * Checks every byte.
     *
     * @throws JavelinException {@code JVL-CKP-0014} naming the first damaged tensor
     */
    public void verify() {
        manifest.ranges().forEach(this::verify);
    }

    private void verify(StoredRange stored) {
        if (verified.contains(stored)) {
            return;
        }
        SafetensorsReader file = Objects.requireNonNull(files.get(stored.file()));
        int width = stored.range().type().dtype().bytes();
        long most = Math.max(1, Math.min(stored.range().elements(), BUFFER_BYTES / width));
        CRC32C crc = new CRC32C();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(most * width, 64);
            for (long done = 0; done < stored.range().elements(); done += most) {
                long now = Math.min(most, stored.range().elements() - done);
                file.read(stored.range().tensorName(), done, now, buffer);
                crc.update(buffer.asSlice(0, now * width).asByteBuffer());
            }
        }
        if ((int) crc.getValue() != stored.crc()) {
            throw damaged(
                    "JVL-CKP-0014",
                    folder.resolve(stored.file()) + " is damaged in tensor "
                            + stored.range().tensorName() + ": its checksum is " + Manifest.hex((int) crc.getValue())
                            + ", expected " + Manifest.hex(stored.crc()),
                    null);
        }
        verified.add(stored);
    }

    @Override
    public void close() {
        files.values().forEach(SafetensorsReader::close);
    }
}
