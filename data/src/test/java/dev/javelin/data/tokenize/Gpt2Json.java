package dev.javelin.data.tokenize;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * GPT-2's tokenizer.json, made of jtokkit's table: a token's two parts are what merging in the order of ranks leaves before
 * its own merge.
 */
public final class Gpt2Json {
    private static final int WORDS = 50_256;

    private Gpt2Json() {}

    /** Writes the file. */
    public static Path write(Path file) throws IOException {
        String[] tokens = tokens();
        Map<String, Integer> ranks = new HashMap<>();
        ObjectNode vocabulary = new ObjectMapper().createObjectNode();
        for (int i = 0; i < WORDS; i++) {
            ranks.put(tokens[i], i);
            vocabulary.put(tokens[i], i);
        }
        ArrayNode merges = new ObjectMapper().createArrayNode();
        for (int i = 0; i < WORDS; i++) {
            if (tokens[i].length() > 1) {
                merges.add(String.join(" ", parts(tokens[i], i, ranks)));
            }
        }
        vocabulary.put("<|endoftext|>", WORDS);
        ObjectNode root = (ObjectNode) new ObjectMapper().readTree("""
                {"version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
                 "added_tokens": [{"id": 50256, "content": "<|endoftext|>", "single_word": false, "lstrip": false,
                                   "rstrip": false, "normalized": false, "special": true}],
                 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
                 "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
                 "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
                           "end_of_word_suffix": "", "fuse_unk": false}}
                """);
        ((ObjectNode) root.get("model")).set("vocab", vocabulary);
        ((ObjectNode) root.get("model")).set("merges", merges);
        Files.write(file, new ObjectMapper().writeValueAsBytes(root));
        return file;
    }

    /** Bytes that print as themselves stand for themselves, the others for characters from U+0100 on. */
    private static String[] tokens() {
        char[] characters = new char[256];
        int extra = 256;
        for (int b = 0; b < 256; b++) {
            boolean prints = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            characters[b] = (char) (prints ? b : extra++);
        }
        String[] tokens = new String[WORDS];
        try (Gpt2Tokenizer gpt2 = new Gpt2Tokenizer()) {
            for (int i = 0; i < WORDS; i++) {
                StringBuilder token = new StringBuilder();
                for (byte b : gpt2.bytes(i)) {
                    token.append(characters[b & 0xFF]);
                }
                tokens[i] = token.toString();
            }
        }
        return tokens;
    }

    private static List<String> parts(String token, int rank, Map<String, Integer> ranks) {
        List<String> parts = new ArrayList<>();
        for (char character : token.toCharArray()) {
            parts.add(String.valueOf(character));
        }
        while (parts.size() > 2) {
            int best = -1;
            int bestRank = rank;
            for (int i = 0; i + 1 < parts.size(); i++) {
                Integer found = ranks.get(parts.get(i) + parts.get(i + 1));
                if (found != null && found < bestRank) {
                    bestRank = found;
                    best = i;
                }
            }
            if (best < 0) {
                throw new AssertionError("token " + rank + " has no merge: " + parts);
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
        return parts;
    }
}
