package dev.javelin.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Shape;
import dev.javelin.api.TensorType;
import dev.javelin.engine.checkpoint.Json.Malformed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * The head of a safetensors file: 8 bytes little-endian length, then JSON {@code name → dtype, shape, data_offsets},
 * then the tensors one after the other without gaps, in little-endian byte order.
 *
 * <p>Source: the format description of the safetensors project, with its limit of 100 MB on the header.
 */
record SafetensorsHeader(SequencedMap<String, Item> items, SequencedMap<String, String> metadata) {
    static final int LENGTH_BYTES = 8;
    static final long MOST_HEADER_BYTES = 100_000_000;
    private static final String METADATA = "__metadata__";

    /**
     * One tensor.
     *
     * @param begin first byte, counted from the end of the header
     */
    record Item(TensorType type, long begin) {
        long end() {
            return begin + type.bytes();
        }
    }

    /** Lays tensors out one after the other. */
    static SafetensorsHeader of(SequencedMap<String, TensorType> types, SequencedMap<String, String> metadata) {
        SequencedMap<String, Item> items = new LinkedHashMap<>();
        long at = 0;
        for (Map.Entry<String, TensorType> entry : types.entrySet()) {
            Item item = new Item(entry.getValue(), at);
            items.put(entry.getKey(), item);
            at = item.end();
        }
        return new SafetensorsHeader(items, metadata);
    }

    long dataBytes() {
        return items.values().stream().mapToLong(Item::end).max().orElse(0);
    }

    /** Length and header, padded with spaces to a multiple of 8 bytes. */
    byte[] encode() {
        ObjectNode root = Json.object();
        if (!metadata.isEmpty()) {
            ObjectNode node = root.putObject(METADATA);
            metadata.forEach(node::put);
        }
        items.forEach((name, item) -> {
            ObjectNode node = root.putObject(name);
            node.put("dtype", item.type.dtype().label());
            var shape = node.putArray("shape");
            for (long dim : item.type.shape().toArray()) {
                shape.add(dim);
            }
            node.putArray("data_offsets").add(item.begin).add(item.end());
        });
        byte[] json = Json.bytes(root, false);
        int padded = (json.length + 7) / 8 * 8;
        ByteBuffer buffer = ByteBuffer.allocate(LENGTH_BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(padded).put(json);
        while (buffer.hasRemaining()) {
            buffer.put((byte) ' ');
        }
        return buffer.array();
    }

    /**
     * The header's length from the first 8 bytes of a file.
     *
     * @throws JavelinException {@code JVL-CKP-0002} if it cannot be
     */
    static int length(String file, ByteBuffer first, long fileBytes) {
        long length = first.order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        if (length < 2 || length > MOST_HEADER_BYTES || length > fileBytes - LENGTH_BYTES) {
            throw new JavelinException(
                    "JVL-CKP-0002",
                    file + " says that its header has " + Long.toUnsignedString(length) + " bytes, the file has "
                            + fileBytes,
                    "give a whole file of the safetensors format, with a header of at most " + MOST_HEADER_BYTES
                            + " bytes");
        }
        return (int) length;
    }

    /**
     * Reads and checks a header.
     *
     * @param json without the length
     * @param dataBytes bytes of the file behind the header
     * @throws JavelinException {@code JVL-CKP-0003} for ill-formed JSON, {@code 0004} for an unknown dtype, {@code
     *     0005} if the tensors do not fill the file exactly, one after the other
     */
    static SafetensorsHeader parse(String file, byte[] json, long dataBytes) {
        SequencedMap<String, Item> items = new LinkedHashMap<>();
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        String at = "header";
        try {
            for (Map.Entry<String, JsonNode> entry : Json.parse(json).properties()) {
                at = entry.getKey();
                if (at.equals(METADATA)) {
                    entry.getValue()
                            .properties()
                            .forEach(e -> metadata.put(e.getKey(), e.getValue().asText()));
                } else {
                    items.put(at, item(file, at, entry.getValue()));
                }
            }
        } catch (Malformed e) {
            throw new JavelinException(
                    "JVL-CKP-0003",
                    file + " has an ill-formed header at " + at + ": " + e.getMessage(),
                    "write the file again; it is damaged or not of the safetensors format",
                    e);
        }
        requireGapless(file, items, dataBytes);
        return new SafetensorsHeader(items, metadata);
    }

    private static Item item(String file, String name, JsonNode node) throws Malformed {
        String dtype = Json.text(node, "dtype");
        if (Stream.of(DType.values()).noneMatch(known -> known.label().equals(dtype))) {
            throw new JavelinException(
                    "JVL-CKP-0004",
                    file + ": tensor " + name + " has the element type '" + dtype + "'",
                    "convert it to one of "
                            + Stream.of(DType.values()).map(DType::label).toList());
        }
        TensorType type = new TensorType(DType.of(dtype), Shape.of(Json.sizes(node, "shape")));
        long[] range = Json.sizes(node, "data_offsets");
        if (range.length != 2) {
            throw new Malformed("'data_offsets' has " + range.length + " numbers, expected 2");
        }
        long bytes = bytes(type);
        if (bytes < 0 || range[1] - range[0] != bytes) {
            throw layout(
                    file,
                    name + " takes bytes " + range[0] + " to " + range[1] + ", expected a length of "
                            + (bytes < 0 ? "less than 2^63" : bytes) + " for " + type);
        }
        return new Item(type, range[0]);
    }

    /** Size of a tensor; −1 if it is too large for a file. */
    private static long bytes(TensorType type) {
        try {
            return type.bytes();
        } catch (ArithmeticException e) {
            return -1;
        }
    }

    private static void requireGapless(String file, Map<String, Item> items, long dataBytes) {
        List<Map.Entry<String, Item>> sorted = new ArrayList<>(items.entrySet());
        sorted.sort(Comparator.comparingLong(
                        (Map.Entry<String, Item> entry) -> entry.getValue().begin())
                .thenComparingLong(entry -> entry.getValue().end()));
        long at = 0;
        for (Map.Entry<String, Item> entry : sorted) {
            if (entry.getValue().begin != at) {
                String what = entry.getValue().begin < at ? " overlaps the tensor before it" : " leaves a gap";
                throw layout(
                        file,
                        entry.getKey() + what + ": it begins at byte " + entry.getValue().begin + ", expected " + at);
            }
            at = entry.getValue().end();
        }
        if (at != dataBytes) {
            throw layout(file, "its tensors take " + at + " bytes, the file holds " + dataBytes);
        }
    }

    private static JavelinException layout(String file, String problem) {
        return new JavelinException(
                "JVL-CKP-0005", file + ": " + problem, "copy or write the file again; it is truncated or damaged");
    }
}
