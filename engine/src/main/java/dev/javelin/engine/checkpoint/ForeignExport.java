package dev.javelin.engine.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Writes the parameters of a checkpoint for another system: {@code model.safetensors}, or shards and their index, and
 * what else belongs to the model. The folder is written under a hidden name and renamed once it is whole.
 */
public final class ForeignExport {
    private final Checkpoint checkpoint;
    private final UnaryOperator<String> kind;
    private final ForeignLayout layout;
    private final Disk disk = Disk.real();

    /**
     * @param kind of state that is exported, by the parameter's path: {@link StateRange#PARAM}, or its average
     */
    public ForeignExport(Checkpoint checkpoint, UnaryOperator<String> kind, ForeignLayout layout) {
        this.checkpoint = checkpoint;
        this.kind = kind;
        this.layout = layout;
    }

    /**
     * Writes the folder.
     *
     * @param dtype of the tensors; they are rounded to nearest even if it is narrower
     * @param mostFileBytes of tensors in a file; more go into shards
     * @param files by name, for example {@code config.json}
     * @return the names of all files
     * @throws JavelinException {@code JVL-CKP-0052} if the folder exists and is not empty, {@code 0007} if it cannot be
     *     written, {@code 0015} if the checkpoint has other tensors than the layout
     */
    public List<String> write(Path folder, DType dtype, long mostFileBytes, SequencedMap<String, byte[]> files) {
        List<SafetensorsWriter.Item> items = items(dtype);
        Path target = folder.toAbsolutePath().normalize();
        requireFree(target);
        Path partial = target.resolveSibling("." + target.getFileName() + ".partial");
        try {
            Disk.delete(partial);
            disk.createFolder(partial);
            List<String> names = writeTensors(partial, items, mostFileBytes);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                writeFile(partial.resolve(file.getKey()), file.getValue());
                names.add(file.getKey());
            }
            disk.syncFolder(partial);
            Files.deleteIfExists(target); // an empty folder
            disk.move(partial, target);
            return names;
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-CKP-0007",
                    "cannot write " + target + ": " + e,
                    "check the free space and your rights there; nothing is left of it",
                    e);
        } finally {
            delete(partial);
        }
    }

    private static void delete(Path partial) {
        try {
            Disk.delete(partial);
        } catch (IOException e) {
            // It is hidden, and the next export to the same place removes it.
        }
    }

    private static void requireFree(Path target) {
        try (Stream<Path> content = Files.isDirectory(target) ? Files.list(target) : Stream.empty()) {
            if (Files.isRegularFile(target) || content.findAny().isPresent()) {
                throw new JavelinException(
                        "JVL-CKP-0052", target + " exists", "give a folder that does not exist or is empty");
            }
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(target, e);
        }
    }

    private List<SafetensorsWriter.Item> items(DType dtype) {
        SequencedMap<String, TensorType> types = checkpoint.tensors(StateRange.PARAM);
        requireAll(types);
        List<SafetensorsWriter.Item> items = new ArrayList<>();
        for (ForeignLayout.Tensor tensor : layout.tensors()) {
            TensorType ours = Objects.requireNonNull(types.get(tensor.path())).withDType(dtype);
            String stored = kind.apply(tensor.path());
            SafetensorsWriter.Source source = (element, destination) -> checkpoint.read(
                    tensor.path(), stored, element, destination.byteSize() / dtype.bytes(), dtype, destination);
            TensorType theirs = tensor.transposed() ? transposed(ours) : ours;
            items.add(new SafetensorsWriter.Item(
                    tensor.name(), theirs, tensor.transposed() ? new TransposedSource(theirs, source) : source));
        }
        return items;
    }

    static TensorType transposed(TensorType type) {
        return type.withShape(Shape.of(type.shape().dim(1), type.shape().dim(0)));
    }

    private void requireAll(SequencedMap<String, TensorType> types) {
        Map<String, TensorType> expected = new LinkedHashMap<>();
        for (ForeignLayout.Tensor tensor : layout.tensors()) {
            TensorType type = types.get(tensor.path());
            expected.put(tensor.path(), type == null ? TensorType.of(DType.FLOAT32) : type);
        }
        checkpoint.requireExactly(StateRange.PARAM, expected);
    }

    private List<String> writeTensors(Path folder, List<SafetensorsWriter.Item> items, long mostFileBytes)
            throws IOException {
        List<List<SafetensorsWriter.Item>> shards = shards(items, mostFileBytes);
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt"); // transformers refuses files without it
        List<String> names = new ArrayList<>();
        ObjectNode index = Json.object();
        index.putObject("metadata")
                .put(
                        "total_size",
                        items.stream().mapToLong(item -> item.type().bytes()).sum());
        ObjectNode map = index.putObject("weight_map");
        for (int i = 0; i < shards.size(); i++) {
            String name = shards.size() == 1
                    ? SafetensorsFolder.FILE
                    : "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
            new SafetensorsWriter(disk).writeFile(folder.resolve(name), metadata, shards.get(i));
            shards.get(i).forEach(item -> map.put(item.name(), name));
            names.add(name);
        }
        if (shards.size() > 1) {
            writeFile(folder.resolve(SafetensorsFolder.INDEX), Json.bytes(index, true));
            names.add(SafetensorsFolder.INDEX);
        }
        return names;
    }

    /** Tensors in order; a file is as full as the limit allows, and holds one tensor at least. */
    private static List<List<SafetensorsWriter.Item>> shards(List<SafetensorsWriter.Item> items, long mostBytes) {
        List<List<SafetensorsWriter.Item>> shards = new ArrayList<>();
        long bytes = 0;
        for (SafetensorsWriter.Item item : items) {
            if (shards.isEmpty() || bytes + item.type().bytes() > mostBytes) {
                shards.add(new ArrayList<>());
                bytes = 0;
            }
            shards.getLast().add(item);
            bytes += item.type().bytes();
        }
        return shards;
    }

    private void writeFile(Path file, byte[] content) throws IOException {
        try (Disk.Output output = disk.create(file)) {
            output.writeFully(ByteBuffer.wrap(content));
            output.force();
        }
    }
}
