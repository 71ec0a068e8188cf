package dev.javelin.data.tokenize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** jtokkit's GPT-2 and Hugging Face's library with GPT-2's tokenizer.json. */
class TokenizersAgreeTest {
    private static final long SEED = 20_261_128;

    @TempDir
    static Path folder;

    private static Tokenizer gpt2;
    private static Tokenizer json;

    @BeforeAll
    static void open() throws IOException {
        gpt2 = Tokenizers.open("gpt2");
        byte[] file = TokenizerFiles.of(gpt2.identity(), folder, 1024).get("tokenizer.json");
        json = JsonTokenizer.open(Files.write(folder.resolve("tokenizer.json"), file));
    }

    @AfterAll
    static void close() {
        gpt2.close();
        json.close();
    }

    @Test
    void theTokensOfAnyTextAreTheSame() {
        for (String text : Texts.all(SEED)) {
            assertArrayEquals(gpt2.encode(text), json.encode(text), () -> "seed " + SEED + ": " + escaped(text));
        }
    }

    @Test
    void theTextOfAnyTokensIsTheSameAtOnceAndAsAStream() {
        Random random = new Random(SEED);
        for (String text : Texts.all(SEED)) {
            int[] tokens = gpt2.encode(text);
            assertEquals(text, gpt2.decode(tokens), () -> "seed " + SEED + ": " + escaped(text));
            assertEquals(text, json.decode(tokens), () -> "seed " + SEED + ": " + escaped(text));
            assertEquals(text, streamed(gpt2, tokens), () -> "seed " + SEED + ": " + escaped(text));
            assertEquals(text, streamed(json, tokens), () -> "seed " + SEED + ": " + escaped(text));
        }
        for (int i = 0; i < 100; i++) {
            int[] tokens =
                    random.ints(1 + random.nextInt(30), 0, gpt2.vocabulary()).toArray();
            assertEquals(gpt2.decode(tokens), json.decode(tokens), "seed " + SEED);
            assertEquals(gpt2.decode(tokens), streamed(gpt2, tokens), "seed " + SEED);
        }
    }

    private static String streamed(Tokenizer tokenizer, int[] tokens) {
        TextStream stream = tokenizer.stream();
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            String part = stream.add(token);
            assertTrue(part.indexOf('\uFFFD') < 0 || tokenizer.decode(tokens).indexOf('\uFFFD') >= 0, part);
            text.append(part);
        }
        return text.append(stream.end()).toString();
    }

    @Test
    void whatIsKnownOfTokensOfGpt2Holds() {
        for (Tokenizer tokenizer : List.of(gpt2, json)) {
            assertEquals(50_257, tokenizer.vocabulary());
            assertEquals(50_256, tokenizer.identity().endOfText().getAsInt());
            // From the paper's own code, encoder.py of openai/gpt-2.
            assertArrayEquals(new int[] {15496, 995}, tokenizer.encode("Hello world"));
            assertArrayEquals(new int[] {50256}, tokenizer.encode("<|endoftext|>"));
        }
    }

    @Test
    void theIdentityOfGpt2IsTheSumOfItsTable() throws Exception {
        MessageDigest sum = MessageDigest.getInstance("SHA-256");
        try (Gpt2Tokenizer tokenizer = new Gpt2Tokenizer()) {
            for (int token = 0; token < tokenizer.vocabulary(); token++) {
                byte[] bytes = tokenizer.bytes(token);
                sum.update(ByteBuffer.allocate(1 + bytes.length)
                        .put((byte) bytes.length)
                        .put(bytes)
                        .flip());
            }
        }
        assertEquals(HexFormat.of().formatHex(sum.digest()), gpt2.identity().sha256());
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.chars()
                .limit(300)
                .forEach(c -> escaped.append(c >= 32 && c < 127 ? (char) c : String.format("\\u%04x", c)));
        return escaped.toString();
    }
}
