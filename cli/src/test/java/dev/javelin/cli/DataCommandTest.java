package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.javelin.data.BundledText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("javelin data")
class DataCommandTest {
    private static final int LINES = 400;

    @TempDir
    Path folder;

    private Path tokenizer() throws IOException {
        return SmallTokenizer.write(folder.resolve("tokenizer.json"));
    }

    /** Two documents of a few hundred lines. */
    private Path texts() throws IOException {
        Path book = BundledText.mobyDickFile(folder.resolve("book"));
        List<String> lines = Files.readAllLines(book);
        Path texts = Files.createDirectories(folder.resolve("texts"));
        Files.write(texts.resolve("a.txt"), lines.subList(0, LINES));
        Files.write(texts.resolve("b.txt"), lines.subList(LINES, 2 * LINES));
        return texts;
    }

    private Call prepare(String tokens, String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "data", "prepare", "--data=" + texts(), "--tokens=" + tokens, "--out=" + folder.resolve("corpus")));
        words.addAll(List.of(more));
        return Call.of(words.toArray(String[]::new));
    }

    private Call fit(String data, String out, String... more) {
        List<String> words = new ArrayList<>(List.of(
                "fit",
                "--data=" + folder.resolve(data),
                "--model=gpt:layers=1,width=16,heads=2,block=16",
                "--set=data.batch=4",
                "--set=trainer.validationBatches=2",
                "--out=" + folder.resolve(out)));
        words.addAll(List.of(more));
        return Call.of(words.toArray(String[]::new));
    }

    private byte[] weights(String out, int step) throws IOException {
        return Files.readAllBytes(folder.resolve(out).resolve("checkpoint-" + step + "/model.safetensors"));
    }

    @Test
    @DisplayName("prepare writes a corpus once, and inspect shows what it holds")
    void preparesAndInspects() throws IOException {
        Call first = prepare("gpt2", "--json");
        assertEquals(0, first.code(), first.err());
        assertFalse(first.json().get("reused").asBoolean());
        assertEquals(2, first.json().get("documents").asInt());
        assertTrue(first.err().contains("100%") || first.err().contains("tokenising"), first.err());
        Call again = prepare("gpt2");
        assertEquals(0, again.code(), again.err());
        Path corpus = folder.resolve("corpus");
        Call inspect = Call.of("data", "inspect", corpus.toString(), "--rows=1", "--json");
        assertEquals(0, inspect.code(), inspect.err());
        JsonNode report = inspect.json();
        assertEquals("gpt2", report.get("tokenizer").asText());
        assertEquals(first.json().get("tokens"), report.get("tokens"));
        assertEquals(2, report.get("documents").asInt());
        assertEquals(50256, report.get("largestId").asInt());
        String text = report.get("firstRows").get(0).get("text").asText();
        assertTrue(Files.readString(folder.resolve("texts/a.txt")).startsWith(text), text);
        Call lines = Call.of("data", "inspect", corpus.toString());
        assertTrue(lines.out().contains("gpt2, vocabulary 50,257, end of text 50256"), lines.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes", "json"})
    @DisplayName("a corpus is trained on with its own vocabulary, and its model writes without it")
    void trainsAndWrites(String kind) throws IOException {
        assertEquals(
                0, prepare(kind.equals("json") ? tokenizer().toString() : kind).code());
        Call fit = fit("corpus", "run", "--max-steps=2", "--json");
        assertEquals(0, fit.code(), fit.err());
        String config = Files.readString(folder.resolve("run/config.yaml"));
        assertTrue(config.contains("vocab: " + (kind.equals("json") ? 258 : 256)), config);
        Files.deleteIfExists(folder.resolve("tokenizer.json"));
        Files.move(folder.resolve("corpus"), folder.resolve("gone"));
        Files.move(folder.resolve("run/checkpoint-2"), folder.resolve("alone"));
        Call text =
                Call.of("generate", "--checkpoint=" + folder.resolve("alone"), "--prompt=the ", "--tokens=5", "--json");
        assertEquals(0, text.code(), text.err());
        assertFalse(text.out().isEmpty());
    }

    @Test
    @DisplayName("fit prepares text in other tokens than bytes by itself, and uses it again")
    void preparesByItself() throws IOException {
        texts();
        String tokens = "--set=data.tokens=" + tokenizer();
        String cache = "--set=data.cache=" + folder.resolve("cache");
        Call first = fit("texts", "first", "--max-steps=2", tokens, cache);
        assertEquals(0, first.code(), first.err());
        assertTrue(first.err().contains("tokenising"), first.err());
        Call second = fit("texts", "second", "--max-steps=2", tokens, cache);
        assertFalse(second.err().contains("tokenising"), second.err());
        assertArrayEquals(weights("first", 2), weights("second", 2));
        try (Stream<Path> corpora = Files.list(folder.resolve("cache"))) {
            assertEquals(
                    1,
                    corpora.filter(path -> path.getFileName().toString().startsWith("texts-json-"))
                            .count());
        }
        Call book = Call.of(
                "fit",
                "--model=gpt:layers=1,width=16,heads=2,block=16",
                "--max-steps=1",
                tokens,
                cache,
                "--out=" + folder.resolve("book-run"));
        assertEquals(0, book.code(), book.err());
    }

    @Test
    @DisplayName("a corpus of bytes trains to the same bits as the text itself")
    void bytesAreBytes() throws IOException {
        assertEquals(0, prepare("bytes").code());
        assertEquals(0, fit("corpus", "corpus-run", "--max-steps=3").code());
        assertEquals(0, fit("texts", "text-run", "--max-steps=3").code());
        assertArrayEquals(weights("corpus-run", 3), weights("text-run", 3));
    }

    @ParameterizedTest(name = "{0} ranks")
    @ValueSource(ints = {1, 2})
    @DisplayName("a run on a corpus that was interrupted in the middle of an epoch goes on to the same bits")
    void goesOn(int ranks) throws IOException {
        assertEquals(0, prepare("bytes").code());
        String[] world = {"--strategy=ddp", "--ranks=" + ranks, "--threads=1"};
        assertEquals(0, fit("corpus", "whole", concat(world, "--max-steps=9")).code());
        // The learning rate follows the steps that the whole run has.
        String[] schedule = concat(world, "--set=optimizer.schedule=constant");
        assertEquals(
                0, fit("corpus", "steady", concat(schedule, "--max-steps=9")).code());
        assertEquals(
                0, fit("corpus", "parts", concat(schedule, "--max-steps=4")).code());
        Call resumed = Call.of("fit", "--resume=" + folder.resolve("parts"), "--max-steps=9");
        assertEquals(0, resumed.code(), resumed.err());
        assertArrayEquals(weights("steady", 9), weights("parts", 9));
    }

    private static String[] concat(String[] words, String more) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    @DisplayName("a run does not go on with another tokenizer")
    void refusesAnotherTokenizer() throws IOException {
        texts();
        Path tokenizer = tokenizer();
        String[] settings = {
            "--max-steps=2", "--set=data.tokens=" + tokenizer, "--set=data.cache=" + folder.resolve("cache")
        };
        assertEquals(0, fit("texts", "run", settings).code());
        Files.writeString(tokenizer, Files.readString(tokenizer) + "\n");
        Call resumed = Call.of("fit", "--resume=" + folder.resolve("run"), "--max-steps=4");
        assertEquals(3, resumed.code(), resumed.err());
        assertTrue(resumed.err().contains("JVL-DAT-0053"), resumed.err());
    }

    @Test
    @DisplayName("validation has a path of its own if one is named")
    void validatesElsewhere() throws IOException {
        texts();
        Call fit = fit(
                "texts/a.txt",
                "run",
                "--max-steps=2",
                "--json",
                "--set=data.validationPath=" + folder.resolve("texts/b.txt"));
        assertEquals(0, fit.code(), fit.err());
        assertTrue(Double.isFinite(fit.json().get("validationLoss").asDouble()));
        Call both = fit(
                "texts/a.txt",
                "other",
                "--set=data.validation=0.2",
                "--set=data.validationPath=" + folder.resolve("texts/b.txt"));
        assertEquals(2, both.code());
        assertTrue(both.err().startsWith("JVL-CFG-0084"), both.err());
    }

    @Test
    @DisplayName("ids without a tokenizer are trained on and written as numbers")
    void trainsOnIds() throws IOException {
        assertEquals(0, prepare("bytes").code());
        // Another program's file: the same ids without the metadata that names the tokenizer.
        Path foreign = Path.of("../data/src/test/resources/dev/javelin/data/arrow/hf/flat.arrow")
                .toAbsolutePath();
        Call unnamed = fit(foreign.toString(), "run", "--max-steps=1");
        assertTrue(unnamed.err().startsWith("JVL-DAT-0081"), unnamed.err());
        Call uncounted = fit(foreign.toString(), "run", "--max-steps=1", "--set=data.tokens=ids");
        assertTrue(uncounted.err().startsWith("JVL-CFG-0086"), uncounted.err());
        Call fit = Call.of(
                "fit",
                "--data=" + foreign,
                "--model=gpt:layers=1,width=16,heads=2,block=4,vocab=40",
                "--max-steps=2",
                "--set=data.tokens=ids",
                "--set=data.batch=2",
                "--set=data.validation=0",
                "--out=" + folder.resolve("run"));
        assertEquals(0, fit.code(), fit.err());
        Call text =
                Call.of("generate", "--checkpoint=" + folder.resolve("run"), "--prompt=3 4", "--tokens=4", "--json");
        assertEquals(0, text.code(), text.err());
        assertTrue(text.json().get("text").asText().matches("(\\d+ ){4}"), text.out());
    }

    @ParameterizedTest(name = "{0} -> {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "data|2|JVL-CFG-0050",
                "data inspect none.arrow|3|JVL-DAT-0002",
                "data prepare --data none.txt --out x|3|JVL-DAT-0001",
                "data prepare --data pom.xml --tokens gtp2 --out x|3|JVL-DAT-0050",
                "data prepare --data pom.xml --tokens pom.xml --out x|3|JVL-DAT-0051",
                "data prepare --data pom.xml --threads 0 --out x|2|JVL-CFG-0050",
                "explain --set data.tokens=none.json|3|JVL-DAT-0050",
                "fit --set data.tokens=ids --set model.vocab=9|2|JVL-CFG-0085",
                "fit --set data.column=text|2|JVL-CFG-0087",
            })
    @DisplayName("names what is wrong with its input")
    void refuses(String words, int code, String error) {
        Call call = Call.of(words.split(" "));
        assertEquals(code, call.code(), call.err());
        assertTrue(call.err().startsWith(error), call.err());
    }
}
