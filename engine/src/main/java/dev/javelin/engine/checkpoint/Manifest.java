package dev.javelin.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.engine.checkpoint.Json.Malformed;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** What a checkpoint holds: the content of {@code manifest.json}. */
record Manifest(long step, ObjectNode state, List<StoredFile> files, List<StoredRange> ranges) {
    static final String FILE = "manifest.json";
    static final String MARKER = "COMMITTED";
    private static final String FORMAT = "javelin-checkpoint";
    private static final int VERSION = 1;

    /** A safetensors file with the sum of its header. */
    record StoredFile(String name, long bytes, int headerCrc) {}

    /** A range in a file with the sum of its bytes. */
    record StoredRange(StateRange range, String file, int crc) {}

    Manifest {
        files = List.copyOf(files);
        ranges = List.copyOf(ranges);
    }

    byte[] encode() {
        ObjectNode root = Json.object();
        root.put("format", FORMAT);
        root.put("version", VERSION);
        root.put("step", step);
        ArrayNode fileNodes = root.putArray("files");
        for (StoredFile file : files) {
            fileNodes
                    .addObject()
                    .put("name", file.name)
                    .put("bytes", file.bytes)
                    .put("headerCrc32c", hex(file.headerCrc));
        }
        ArrayNode rangeNodes = root.putArray("tensors");
        for (StoredRange stored : ranges) {
            encode(stored, rangeNodes.addObject());
        }
        root.set("state", state);
        return Json.bytes(root, true);
    }

    private static void encode(StoredRange stored, ObjectNode node) {
        StateRange range = stored.range;
        node.put("path", range.path()).put("kind", range.kind());
        node.put("dtype", range.type().dtype().label());
        ArrayNode shape = node.putArray("shape");
        for (long dim : range.type().shape().toArray()) {
            shape.add(dim);
        }
        node.put("element", range.element()).put("elements", range.elements());
        node.put("file", stored.file).put("crc32c", hex(stored.crc));
    }

    /** The content of the commit marker for a manifest with these bytes. */
    static byte[] marker(byte[] manifest) {
        CRC32C crc = new CRC32C();
        crc.update(manifest);
        return (FORMAT + " " + VERSION + " " + FILE + " crc32c " + hex((int) crc.getValue()) + "\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    static String hex(int crc) {
        return "%08x".formatted(crc);
    }

    /**
     * Reads a manifest.
     *
     * @throws JavelinException {@code JVL-CKP-0012} if it is ill-formed or of another version
     */
    static Manifest parse(Path folder, byte[] json) {
        try {
            ObjectNode root = Json.parse(json);
            String format = Json.text(root, "format");
            long version = Json.size(root, "version");
            if (!format.equals(FORMAT) || version != VERSION) {
                throw new Malformed("it is of format " + format + ", version " + version + ", expected " + FORMAT
                        + ", version " + VERSION);
            }
            List<StoredFile> files = new ArrayList<>();
            for (JsonNode node : Json.items(root, "files")) {
                files.add(new StoredFile(Json.text(node, "name"), Json.size(node, "bytes"), crc(node, "headerCrc32c")));
            }
            List<StoredRange> ranges = new ArrayList<>();
            for (JsonNode node : Json.items(root, "tensors")) {
                ranges.add(range(node));
            }
            return new Manifest(Json.size(root, "step"), Json.object(root, "state"), files, ranges);
        } catch (Malformed | RuntimeException e) {
            throw new JavelinException(
                    "JVL-CKP-0012",
                    "the manifest of " + folder + " cannot be used: " + e.getMessage(),
                    "use a checkpoint of this version of Javelin",
                    e);
        }
    }

    private static StoredRange range(JsonNode node) throws Malformed {
        TensorType type = new TensorType(DType.of(Json.text(node, "dtype")), Shape.of(Json.sizes(node, "shape")));
        StateRange range = new StateRange(
                Json.text(node, "path"),
                Json.text(node, "kind"),
                type,
                Json.size(node, "element"),
                Json.size(node, "elements"));
        return new StoredRange(range, Json.text(node, "file"), crc(node, "crc32c"));
    }

    private static int crc(JsonNode node, String key) throws Malformed {
        return Integer.parseUnsignedInt(Json.text(node, key), 16);
    }
}
