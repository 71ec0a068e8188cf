package dev.javelin.data.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/**
 * Byte-pair tokens as the files of GPT-2 and of Hugging Face's tokenizers library spell them: each byte of a token stands as
 * a character that prints (bytes_to_unicode in GPT-2's encoder.py).
 *
 * @param words by id
 * @param merges {@code "LEFT RIGHT"}, those that are made first first
 * @param splits whether text is cut into words, as GPT-2 does, before tokens are merged
 * @param special names of the tokens behind the words
 */
record ByteLevelTable(List<String> words, List<String> merges, boolean splits, List<String> special) {
    private static final int BYTES = 256;
    private static final String BYTE_LEVEL = "ByteLevel";

    /** The bytes themselves. */
    static ByteLevelTable bytes() {
        String characters = characters();
        List<String> words = IntStream.range(0, BYTES)
                .mapToObj(b -> characters.substring(b, b + 1))
                .toList();
        return new ByteLevelTable(words, List.of(), false, List.of());
    }

    /**
     * GPT-2's, made of jtokkit's table: a token's two parts are what merging in the order of ids leaves before its own merge.
     */
    static ByteLevelTable gpt2() {
        String characters = characters();
        List<String> words = new ArrayList<>();
        Map<String, Integer> ids = new HashMap<>();
        try (Gpt2Tokenizer gpt2 = new Gpt2Tokenizer()) {
            for (int id = 0; id < Gpt2Tokenizer.END_OF_TEXT_TOKEN; id++) {
                StringBuilder word = new StringBuilder();
                for (byte b : gpt2.bytes(id)) {
                    word.append(characters.charAt(b & 0xFF));
                }
                words.add(word.toString());
                ids.put(word.toString(), id);
            }
        }
        List<String> merges = words.stream()
                .filter(word -> word.length() > 1)
                .map(word -> merge(word, ids))
                .toList();
        return new ByteLevelTable(words, merges, true, List.of(Gpt2Tokenizer.END_OF_TEXT));
    }

    /** The character of each byte: itself if it prints, else one from U+0100 on. */
    private static String characters() {
        StringBuilder characters = new StringBuilder();
        char next = BYTES;
        for (char b = 0; b < BYTES; b++) {
            boolean prints = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            characters.append(prints ? b : next++);
        }
        return characters.toString();
    }

    private static String merge(String word, Map<String, Integer> ids) {
        List<String> parts = new ArrayList<>(List.of(word.split("")));
        while (parts.size() > 2) {
            int best = -1;
            int bestId = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < parts.size(); i++) {
                int id = ids.getOrDefault(parts.get(i) + parts.get(i + 1), Integer.MAX_VALUE);
                if (id < bestId) {
                    bestId = id;
                    best = i;
                }
            }
            if (best < 0) {
                throw new IllegalStateException("no merges make the token " + word + ": " + parts);
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
        return String.join(" ", parts);
    }

    /** The content of vocab.json: words to ids, the special ones included. */
    ObjectNode vocabulary() {
        ObjectNode vocabulary = new ObjectMapper().createObjectNode();
        for (int id = 0; id < words.size(); id++) {
            vocabulary.put(words.get(id), id);
        }
        for (int i = 0; i < special.size(); i++) {
            vocabulary.put(special.get(i), words.size() + i);
        }
        return vocabulary;
    }

    /** The content of tokenizer.json. */
    ObjectNode json() {
        ObjectNode root = read("""
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
                 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
                 "post_processor": null,
                 "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
                 "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
                           "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "ignore_merges": false}}
                """);
        ((ObjectNode) root.get("pre_tokenizer")).put("use_regex", splits);
        for (int i = 0; i < special.size(); i++) {
            root.withArray("added_tokens")
                    .add(read("""
                            {"id": 0, "content": "", "single_word": false, "lstrip": false, "rstrip": false,
                             "normalized": false, "special": true}
                            """).put("id", words.size() + i).put("content", special.get(i)));
        }
        ObjectNode model = (ObjectNode) root.get("model");
        model.set("vocab", vocabulary());
        merges.forEach(model.putArray("merges")::add);
        return root;
    }

    private static ObjectNode read(String json) {
        try {
            return (ObjectNode) new ObjectMapper().readTree(json);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new UncheckedIOException(e); // the texts above are JSON
        }
    }

    /** Whether a tokenizer.json makes the same tokens of every text, and the same text of all tokens. */
    boolean equals(JsonNode tokenizer) {
        JsonNode model = tokenizer.path("model");
        JsonNode before = tokenizer.path("pre_tokenizer");
        JsonNode after = tokenizer.path("post_processor");
        return model.path("type").asText("BPE").equals("BPE")
                && none(model.path("dropout"))
                && none(model.path("continuing_subword_prefix"))
                && none(model.path("end_of_word_suffix"))
                && !model.path("byte_fallback").asBoolean()
                && !model.path("ignore_merges").asBoolean()
                && none(tokenizer.path("normalizer"))
                && isByteLevel(before)
                && !before.path("add_prefix_space").asBoolean(true)
                && before.path("use_regex").asBoolean(true) == splits
                && isByteLevel(tokenizer.path("decoder"))
                && (none(after) || isByteLevel(after))
                && addsSpecialOnly(tokenizer.path("added_tokens"))
                && equals(model.path("vocab"), merges(model.path("merges")));
    }

    /** Whether a vocab.json and the lines of a merges.txt are these. */
    boolean equals(JsonNode vocabulary, List<String> others) {
        return vocabulary.size() == words.size() + special.size()
                && merges.equals(others)
                && vocabulary.equals(vocabulary());
    }

    /** Each as a text, or as a list of two. */
    private static List<String> merges(JsonNode merges) {
        return StreamSupport.stream(merges.spliterator(), false)
                .map(merge -> merge.isArray()
                        ? merge.path(0).asText() + " " + merge.path(1).asText()
                        : merge.asText())
                .toList();
    }

    private boolean addsSpecialOnly(JsonNode added) {
        if (added.size() != special.size()) {
            return false;
        }
        for (int i = 0; i < added.size(); i++) {
            JsonNode token = added.get(i);
            boolean same = token.path("id").asInt(-1) == words.size() + i
                    && token.path("content").asText().equals(special.get(i));
            boolean plain = List.of("single_word", "lstrip", "rstrip").stream()
                    .noneMatch(key -> token.path(key).asBoolean());
            if (!same || !plain) {
                return false;
            }
        }
        return true;
    }

    private static boolean none(JsonNode node) {
        return node.isMissingNode()
                || node.isNull()
                || node.isTextual() && node.asText().isEmpty();
    }

    private static boolean isByteLevel(JsonNode node) {
        return node.path("type").asText().equals(BYTE_LEVEL);
    }
}
