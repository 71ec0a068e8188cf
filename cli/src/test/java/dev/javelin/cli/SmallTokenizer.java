package dev.javelin.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A tokenizer.json of 256 bytes and an end of text, with one merge: "t h". */
final class SmallTokenizer {
    private SmallTokenizer() {}

    static Path write(Path file) throws IOException {
        ObjectNode vocabulary = new ObjectMapper().createObjectNode();
        int extra = 256;
        for (int b = 0; b < 256; b++) {
            boolean prints = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            vocabulary.put(String.valueOf((char) (prints ? b : extra++)), b);
        }
        vocabulary.put("th", 256);
        ObjectNode root = (ObjectNode) new ObjectMapper().readTree("""
                {"version": "1.0",
                 "added_tokens": [{"id": 257, "content": "<|endoftext|>", "single_word": false, "lstrip": false,
                                   "rstrip": false, "normalized": false, "special": true}],
                 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
                 "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
                 "model": {"type": "BPE", "merges": ["t h"]}}
                """);
        ((ObjectNode) root.get("model")).set("vocab", vocabulary);
        return Files.writeString(file, root.toString());
    }
}
