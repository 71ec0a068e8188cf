package dev.javelin.data.tokenize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerFilesTest {
    private static final long SEED = 20_261_129;
    /** Of the merges that OpenAI published with GPT-2 (vocab.bpe). */
    private static final String PUBLISHED_MERGES = "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5";

    @TempDir
    Path folder;

    private SequencedMap<String, byte[]> write(String tokens) throws IOException {
        SequencedMap<String, byte[]> files = TokenizerFiles.of(Tokenizers.identity(tokens), folder, 1024);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue());
        }
        return files;
    }

    private static JsonNode tree(byte[] json) throws IOException {
        return new ObjectMapper().readTree(json);
    }

    @Test
    void theFilesOfGpt2AreThoseThatWerePublished() throws Exception {
        SequencedMap<String, byte[]> files = write("gpt2");
        assertEquals(
                List.of("tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json"),
                List.copyOf(files.keySet()));
        byte[] merges = files.get("merges.txt");
        assertEquals(
                PUBLISHED_MERGES,
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(merges)));
        JsonNode vocabulary = tree(files.get("vocab.json"));
        assertEquals(50_257, vocabulary.size());
        assertEquals(50_256, vocabulary.get("<|endoftext|>").asInt());
        assertEquals(15_496, vocabulary.get("Hello").asInt());
        assertEquals(995, vocabulary.get("\u0120world").asInt());
        JsonNode config = tree(files.get("tokenizer_config.json"));
        assertEquals("GPT2Tokenizer", config.get("tokenizer_class").asText());
        assertEquals("<|endoftext|>", config.get("eos_token").asText());
        assertEquals(1024, config.get("model_max_length").asInt());
    }

    @Test
    void theTokenizerJsonOfBytesMakesBytesInHuggingFacesLibrary() throws IOException {
        write("bytes");
        try (Tokenizer bytes = new ByteTokenizer();
                Tokenizer json = JsonTokenizer.open(folder.resolve("tokenizer.json"))) {
            for (String text : Texts.all(SEED)) {
                assertArrayEquals(bytes.encode(text), json.encode(text), text);
                assertEquals(text, json.decode(bytes.encode(text)));
            }
        }
    }

    @Test
    void whatIsWrittenIsFoundAsTheSameTokenizer() throws IOException {
        write("bytes");
        assertEquals(Tokenizers.identity("bytes"), found().identity());
        write("gpt2");
        assertEquals(Tokenizers.identity("gpt2"), found().identity());
        assertTrue(found().json().isEmpty());
        Files.delete(folder.resolve("tokenizer.json"));
        assertEquals(Tokenizers.identity("gpt2"), found().identity(), "of vocab.json and merges.txt");
        String merges = Files.readString(folder.resolve("merges.txt"));
        Files.writeString(
                folder.resolve("merges.txt"), merges.replaceFirst("\u0120 t\n\u0120 a\n", "\u0120 a\n\u0120 t\n"));
        assertTrue(TokenizerFiles.find(folder).isEmpty(), "merges in another order make other tokens");
        Files.delete(folder.resolve("merges.txt"));
        assertTrue(TokenizerFiles.find(folder).isEmpty());
    }

    private FoundTokenizer found() {
        return TokenizerFiles.find(folder).orElseThrow();
    }

    @Test
    void aTokenizerJsonThatSpellsGpt2OtherwiseIsGpt2() throws IOException {
        write("gpt2");
        change(root -> {
            ObjectNode model = (ObjectNode) root.get("model");
            model.remove("type"); // as older files of transformers have it
            ArrayNode pairs = new ObjectMapper().createArrayNode();
            model.get("merges").forEach(merge -> {
                ArrayNode pair = pairs.addArray();
                List.of(merge.asText().split(" ")).forEach(pair::add);
            });
            model.set("merges", pairs);
            root.putObject("post_processor").put("type", "ByteLevel").put("trim_offsets", false);
            ((ObjectNode) root.get("pre_tokenizer")).remove("use_regex");
        });
        assertEquals("gpt2", found().identity().name());
    }

    @Test
    void aTokenizerJsonThatMakesOtherTokensStaysOneOfItsOwn() throws IOException {
        write("gpt2");
        byte[] original = Files.readAllBytes(folder.resolve("tokenizer.json"));
        List<Consumer<ObjectNode>> changes = List.of(
                root -> ((ObjectNode) root.get("pre_tokenizer")).put("add_prefix_space", true),
                root -> ((ObjectNode) root.get("pre_tokenizer")).put("use_regex", false),
                root -> root.putObject("normalizer").put("type", "Lowercase"),
                root -> ((ObjectNode) root.get("added_tokens").get(0)).put("lstrip", true),
                root -> ((ArrayNode) root.get("model").get("merges")).remove(7));
        for (Consumer<ObjectNode> change : changes) {
            Files.write(folder.resolve("tokenizer.json"), original);
            change(change);
            FoundTokenizer found = found();
            assertEquals("json", found.identity().name());
            byte[] content = Files.readAllBytes(folder.resolve("tokenizer.json"));
            assertArrayEquals(content, found.json().orElseThrow());
            SequencedMap<String, byte[]> files = TokenizerFiles.of(found.identity(), folder, 99);
            assertArrayEquals(content, files.get("tokenizer.json"), "it goes out as it is");
            JsonNode config = tree(files.get("tokenizer_config.json"));
            assertEquals(
                    "PreTrainedTokenizerFast", config.get("tokenizer_class").asText());
            assertEquals("<|endoftext|>", config.get("eos_token").asText());
        }
    }

    private void change(Consumer<ObjectNode> change) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        ObjectNode root = (ObjectNode) tree(Files.readAllBytes(file));
        change.accept(root);
        Files.writeString(file, root.toString(), StandardCharsets.UTF_8);
    }

    @Test
    void aTokenizerJsonThatIsNoneOrWasChangedIsRefused() throws IOException {
        write("gpt2");
        change(root -> root.put("version", "x"));
        assertEquals(
                "JVL-DAT-0051",
                assertThrows(JavelinException.class, () -> JsonTokenizer.open(folder.resolve("tokenizer.json")))
                        .code());
        TokenizerIdentity identity = JsonTokenizer.identity(folder.resolve("tokenizer.json"));
        change(root -> root.put("version", "1.0"));
        assertEquals("JVL-DAT-0053", code(() -> TokenizerFiles.of(identity, folder, 9)));
        Files.writeString(folder.resolve("tokenizer.json"), "{}");
        assertEquals("JVL-DAT-0051", code(() -> TokenizerFiles.find(folder)));
        assertEquals("JVL-DAT-0050", code(() -> TokenizerFiles.named("gtp2")));
        assertTrue(TokenizerFiles.of(new IdTokenizer(9).identity(), folder, 9).isEmpty());
    }

    private static String code(org.junit.jupiter.api.function.Executable executable) {
        return assertThrows(JavelinException.class, executable).code();
    }
}
