package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.javelin.data.BundledText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("checkpoint export and import: tokenizers")
class ExchangedTokenizersTest {
    private static final String GPT = "gpt:layers=1,width=8,heads=2,block=16";
    private static final String LLAMA = "llama:layers=1,width=8,heads=2,kvHeads=1,ff=16,block=16";

    @TempDir
    private Path folder;

    private String at(String name) {
        return folder.resolve(name).toString();
    }

    private static Call call(Stream<String> first, String... more) {
        return Call.of(Stream.concat(first, Stream.of(more)).toArray(String[]::new));
    }

    private Call fit(String out, String... more) throws IOException {
        if (!Files.exists(folder.resolve("text.txt"))) {
            Path book = BundledText.mobyDickFile(folder.resolve("book"));
            Files.write(folder.resolve("text.txt"), Files.readAllLines(book).subList(0, 300));
        }
        Call call = call(
                Stream.of(
                        "fit",
                        "--data=" + at("text.txt"),
                        "--max-steps=1",
                        "--set=data.batch=2",
                        "--set=trainer.validationBatches=1",
                        "--set=data.cache=" + at("cache"),
                        "--out=" + at(out)),
                more);
        assertEquals(0, call.code(), call.err());
        return call;
    }

    private Call exported(String run, String format, String out) {
        Call call = Call.of(
                "checkpoint", "export", "--checkpoint=" + at(run), "--format=" + format, "--out=" + at(out), "--json");
        assertEquals(0, call.code(), call.err() + call.out());
        return call;
    }

    private Call imported(String from, String format, String out, String... more) {
        return call(
                Stream.of("checkpoint", "import", at(from), "--format=" + format, "--out=" + at(out), "--json"), more);
    }

    private String text(String run) {
        Call call = Call.of(
                "generate", "--checkpoint=" + at(run), "--prompt=the thing", "--tokens=8", "--temperature=0", "--json");
        assertEquals(0, call.code(), call.err() + call.out());
        return call.json().get("text").asText();
    }

    private JsonNode json(String file) throws IOException {
        return new ObjectMapper().readTree(folder.resolve(file).toFile());
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "gpt|bytes|hf",
                "gpt|gpt2|hf",
                "gpt|json|hf",
                "llama|json|hf",
                "gpt|json|safetensors",
                "llama|gpt2|safetensors"
            })
    @DisplayName("a model that went out and came back writes the same text by itself, and trains on with its tokens")
    void comesBack(String family, String kind, String format) throws IOException {
        Path own = SmallTokenizer.write(folder.resolve("mine.json"));
        byte[] content = Files.readAllBytes(own);
        String tokens = kind.equals("json") ? own.toString() : kind;
        fit("run", "--model=" + (family.equals("gpt") ? GPT : LLAMA), "--set=data.tokens=" + tokens);
        String before = text("run");
        Call out = exported("run", format, "files");
        assertTrue(out.json().get("tokenizer").asText().startsWith(kind), out.out());
        Files.delete(own);
        Call back = imported("files", format, "back");
        assertEquals(0, back.code(), back.out());
        assertEquals(out.json().get("tokenizer"), back.json().get("tokenizer"));
        Files.move(folder.resolve("files"), folder.resolve("gone"));
        assertEquals(before, text("back"));
        fit("tuned", "--init=" + at("back"));
        if (kind.equals("json")) {
            assertArrayEquals(content, Files.readAllBytes(folder.resolve("gone/tokenizer.json")));
            assertArrayEquals(content, Files.readAllBytes(folder.resolve("tuned/checkpoint-1/tokenizer.json")));
        }
        assertFalse(text("tuned").isEmpty());
    }

    @Test
    @DisplayName("a run whose tokenizer.json has gone resumes with the one in its checkpoint")
    void resumesWithItsOwn() throws IOException {
        Path own = SmallTokenizer.write(folder.resolve("mine.json"));
        fit("run", "--model=" + GPT, "--set=data.tokens=" + own);
        Files.delete(own);
        Call resumed = Call.of("fit", "--resume=" + at("run"), "--max-steps=2");
        assertEquals(0, resumed.code(), resumed.err());
    }

    @Test
    @DisplayName("export tells Hugging Face the token at the end of a text, and import takes GPT-2's own files")
    void takesGpt2Files() throws IOException {
        fit("run", "--model=" + GPT, "--set=data.tokens=gpt2");
        exported("run", "hf", "hf");
        assertEquals(50_256, json("hf/config.json").get("eos_token_id").asInt());
        assertEquals(
                "GPT2Tokenizer",
                json("hf/tokenizer_config.json").get("tokenizer_class").asText());
        assertEquals(
                16, json("hf/tokenizer_config.json").get("model_max_length").asInt());
        Files.delete(folder.resolve("hf/tokenizer.json"));
        assertEquals(
                "gpt2", imported("hf", "hf", "pair").json().get("tokenizer").asText());
        Files.delete(folder.resolve("hf/merges.txt"));
        Call none = imported("hf", "hf", "none");
        assertEquals("ids", none.json().get("tokenizer").asText());
        assertTrue(none.err().contains("[vocab.json] cannot be used"), none.err());
        Call numbers = Call.of("generate", "--checkpoint=" + at("none"), "--prompt=464 2068", "--tokens=3", "--json");
        assertTrue(numbers.json().get("text").asText().matches("(\\d+ ){3}"), numbers.out());
        Call named = imported("hf", "hf", "named", "--tokens=gpt2");
        assertEquals("gpt2", named.json().get("tokenizer").asText(), named.out());
        assertEquals(text("run"), text("named"));
        exported("none", "hf", "ids");
        assertFalse(Files.exists(folder.resolve("ids/tokenizer_config.json")));
    }

    @Test
    @DisplayName("import refuses a tokenizer that does not fit, is damaged or is not the model's, and leaves nothing")
    void refuses() throws IOException {
        fit("run", "--model=" + GPT);
        exported("run", "hf", "hf");
        exported("run", "safetensors", "own");
        Path small = SmallTokenizer.write(folder.resolve("small.json"));
        List<Call> large = List.of(
                imported("hf", "hf", "back", "--tokens=gpt2"), imported("hf", "hf", "back", "--tokens=" + small));
        for (Call call : large) {
            assertEquals(3, call.code());
            assertTrue(call.out().contains("JVL-CKP-0059") && call.out().contains("the model knows 256"), call.out());
        }
        assertTrue(imported("hf", "hf", "back", "--tokens=gtp2").out().contains("JVL-DAT-0050"));
        Files.writeString(folder.resolve("hf/tokenizer.json"), "{}");
        assertTrue(imported("hf", "hf", "back").out().contains("JVL-DAT-0051"));
        Call own = imported("own", "safetensors", "back", "--tokens=gpt2");
        assertEquals(2, own.code(), own.out());
        assertFalse(Files.exists(folder.resolve("back")));
        fit("other", "--model=" + GPT, "--set=data.tokens=" + small);
        exported("other", "safetensors", "files");
        Path copy = folder.resolve("files/tokenizer.json");
        Files.writeString(copy, Files.readString(copy) + "\n");
        assertTrue(imported("files", "safetensors", "back").out().contains("JVL-DAT-0053"));
        Files.delete(copy);
        assertTrue(imported("files", "safetensors", "back").out().contains("JVL-DAT-0050"));
        assertFalse(Files.exists(folder.resolve("back")));
    }
}
