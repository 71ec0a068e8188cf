package dev.javelin.engine.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** JSON read strictly: one object, no key twice, numbers that are what they are asked for. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /** What is wrong with a JSON text. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static ObjectNode parse(byte[] text) throws Malformed {
        try {
            if (MAPPER.readTree(text) instanceof ObjectNode object) {
                return object;
            }
            throw new Malformed("not a JSON object");
        } catch (JsonProcessingException e) {
            throw new Malformed(e.getOriginalMessage());
        } catch (IOException e) {
            throw new Malformed(e.toString());
        }
    }

    static byte[] bytes(JsonNode node, boolean indented) {
        try {
            return indented
                    ? MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(node)
                    : MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    static JsonNode child(JsonNode node, String key) throws Malformed {
        JsonNode child = node.get(key);
        if (child == null) {
            throw new Malformed("'" + key + "' is missing");
        }
        return child;
    }

    static String text(JsonNode node, String key) throws Malformed {
        JsonNode child = child(node, key);
        if (!child.isTextual()) {
            throw new Malformed("'" + key + "' is no text");
        }
        return child.textValue();
    }

    static ObjectNode object(JsonNode node, String key) throws Malformed {
        if (child(node, key) instanceof ObjectNode object) {
            return object;
        }
        throw new Malformed("'" + key + "' is no object");
    }

    /** A whole number of 0 or more. */
    static long size(JsonNode node, String key) throws Malformed {
        return size(child(node, key), "'" + key + "'", 0);
    }

    /** A list of whole numbers of 0 or more. */
    static long[] sizes(JsonNode node, String key) throws Malformed {
        List<JsonNode> items = items(node, key);
        long[] sizes = new long[items.size()];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = size(items.get(i), "'" + key + "'", i);
        }
        return sizes;
    }

    private static long size(JsonNode value, String what, int index) throws Malformed {
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw new Malformed(what + " holds " + value + " at " + index + ", expected a whole number of 0 or more");
        }
        return value.longValue();
    }

    static List<JsonNode> items(JsonNode node, String key) throws Malformed {
        JsonNode child = child(node, key);
        if (!child.isArray()) {
            throw new Malformed("'" + key + "' is no list");
        }
        List<JsonNode> items = new ArrayList<>();
        child.forEach(items::add);
        return items;
    }
}
