package dev.javelin.engine.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.engine.plugin.Nearest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Reads the parameters of a model from the files of another system into a checkpoint of step 0, which holds weights alone.
 */
public final class ForeignImport {
    /** In the state of a checkpoint that holds imported weights and no training. */
    public static final String MARK = "imported";

    private final SafetensorsFolder files;
    private final ForeignLayout layout;
    private final Map<String, Shape> shapes;

    /**
     * @param shapes of all parameters, by path
     */
    public ForeignImport(SafetensorsFolder files, ForeignLayout layout, Map<String, Shape> shapes) {
        this.files = files;
        this.layout = layout;
        this.shapes = Map.copyOf(shapes);
    }

    /**
     * FLOAT64 if a parameter is, else FLOAT32: the type in which all of them are whole.
     */
    public static DType dtype(SafetensorsFolder files) {
        boolean wide = files.tensors().values().stream().anyMatch(type -> type.dtype() == DType.FLOAT64);
        return wide ? DType.FLOAT64 : DType.FLOAT32;
    }

    /**
     * Writes the checkpoint into the folder of a run, which must not exist or be empty.
     *
     * @param dtype of the parameters in the checkpoint
     * @param state what the checkpoint tells about itself
     * @param companions that lie beside the tensors
     * @return the checkpoint's folder
     * @throws JavelinException {@code JVL-CKP-0052} if the folder holds something, {@code 0053} for tensors that are
     *     missing, that are of no parameter, or have another shape or type, all of them named, {@code 0054} if a copy does
     *     not equal its parameter, {@code 0020} if it cannot be written
     */
    public Path write(Path run, DType dtype, ObjectNode state, List<Companion> companions) {
        requireFree(run);
        Map<String, String> found = find();
        ObjectNode marked = state.deepCopy();
        marked.put(MARK, files.path().toAbsolutePath().toString());
        List<CheckpointWriter.Entry> entries = new ArrayList<>();
        for (ForeignLayout.Tensor tensor : layout.tensors()) {
            TensorType ours = new TensorType(dtype, shape(tensor.path()));
            String name = Objects.requireNonNull(found.get(tensor.name()));
            SafetensorsWriter.Source source = (element, destination) ->
                    files.read(name, element, destination.byteSize() / dtype.bytes(), dtype, destination);
            entries.add(new CheckpointWriter.Entry(
                    StateRange.whole(tensor.path(), StateRange.PARAM, ours),
                    tensor.transposed() ? new TransposedSource(ours, source) : source));
        }
        return new CheckpointWriter(companions).write(run, 0, marked, entries);
    }

    private static void requireFree(Path run) {
        try (Stream<Path> content = Files.isDirectory(run) ? Files.list(run) : Stream.empty()) {
            if (Files.isRegularFile(run) || content.findAny().isPresent()) {
                throw new JavelinException(
                        "JVL-CKP-0052",
                        run.toAbsolutePath() + " exists",
                        "give a folder that does not exist or is empty");
            }
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(run, e);
        }
    }

    private Shape shape(String path) {
        return Objects.requireNonNull(shapes.get(path), path);
    }

    /** The names in the files, by the layout's; refuses what is missing, too much or of another form. */
    private Map<String, String> find() {
        SequencedMap<String, TensorType> types = files.tensors();
        Map<String, String> found = new HashMap<>();
        Set<String> wanted = new LinkedHashSet<>();
        layout.tensors().forEach(tensor -> wanted.add(tensor.name()));
        List<String> extra = new ArrayList<>();
        Map<String, String> copies = new HashMap<>();
        for (String name : types.keySet()) {
            String full = wanted.contains(name) || layout.copies().containsKey(name) ? name : layout.prefix() + name;
            if (wanted.contains(full)) {
                if (found.put(full, name) != null) {
                    extra.add(name);
                }
            } else if (layout.copies().containsKey(name)) {
                copies.put(name, Objects.requireNonNull(layout.copies().get(name)));
            } else if (!layout.constant().test(name)) {
                extra.add(name);
            }
        }
        List<String> problems = problems(types, found, extra);
        if (!problems.isEmpty()) {
            throw new JavelinException(
                    "JVL-CKP-0053",
                    "the tensors in " + files.path() + " do not fit the model: " + String.join("; ", problems),
                    "give the files and the configuration of one model");
        }
        copies.forEach((name, path) -> requireCopy(name, path, found));
        return found;
    }

    private List<String> problems(
            SequencedMap<String, TensorType> types, Map<String, String> found, List<String> extra) {
        List<String> problems = new ArrayList<>();
        for (ForeignLayout.Tensor tensor : layout.tensors()) {
            String name = found.get(tensor.name());
            if (name == null) {
                problems.add(tensor.name() + " is missing" + Nearest.hint(tensor.name(), extra));
                continue;
            }
            TensorType actual = Objects.requireNonNull(types.get(name));
            TensorType ours = new TensorType(actual.dtype(), shape(tensor.path()));
            TensorType expected = tensor.transposed() ? ForeignExport.transposed(ours) : ours;
            if (!actual.shape().equals(expected.shape())) {
                problems.add(name + " is " + actual.shape() + ", expected " + expected.shape());
            } else if (!actual.dtype().floating()) {
                problems.add(name + " is of type " + actual.dtype().label() + ", expected a floating one");
            }
        }
        extra.forEach(name -> problems.add(name + " is not in the model"));
        return problems;
    }

    private void requireCopy(String name, String path, Map<String, String> found) {
        ForeignLayout.Tensor tensor = layout.tensors().stream()
                .filter(one -> one.path().equals(path))
                .findFirst()
                .orElseThrow();
        String original = Objects.requireNonNull(found.get(tensor.name()));
        TensorType type = Objects.requireNonNull(files.tensors().get(original));
        TensorType copy = Objects.requireNonNull(files.tensors().get(name));
        if (!type.equals(copy) || !equal(name, original, type)) {
            throw new JavelinException(
                    "JVL-CKP-0054",
                    name + " in " + files.path() + " is not equal to " + original
                            + ", to which the configuration ties it",
                    "set tie_word_embeddings to false in config.json, to have a head of its own");
        }
    }

    private boolean equal(String left, String right, TensorType type) {
        long most =
                Math.max(1, Math.min(type.elements(), (4 << 20) / type.dtype().bytes()));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocate(most * type.dtype().bytes(), 64);
            MemorySegment b = arena.allocate(most * type.dtype().bytes(), 64);
            for (long at = 0; at < type.elements(); at += most) {
                long now = Math.min(most, type.elements() - at);
                files.read(left, at, now, type.dtype(), a);
                files.read(right, at, now, type.dtype(), b);
                if (a.asSlice(0, now * type.dtype().bytes())
                                .mismatch(b.asSlice(0, now * type.dtype().bytes()))
                        >= 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
