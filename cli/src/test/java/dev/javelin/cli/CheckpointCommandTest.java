package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("checkpoint")
class CheckpointCommandTest {
    private static final String GPT = "gpt:layers=2,width=16,heads=2,block=16";
    private static final String LLAMA = "llama:layers=2,width=16,heads=2,kvHeads=1,ff=24,vocab=256,block=16";

    @TempDir
    private Path folder;

    private Call train(String out, String model, String... more) {
        return Call.of(Stream.concat(
                        Stream.of(
                                "fit",
                                "--model=" + model,
                                "--max-steps=2",
                                "--set=data.batch=2",
                                "--set=trainer.validationBatches=1",
                                "--out=" + folder.resolve(out)),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private Call exported(String run, String format, String out, String... more) {
        return Call.of(Stream.concat(
                        Stream.of(
                                "checkpoint",
                                "export",
                                "--checkpoint=" + folder.resolve(run),
                                "--format=" + format,
                                "--out=" + folder.resolve(out),
                                "--json"),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private Call imported(String from, String format, String out) {
        return Call.of(
                "checkpoint",
                "import",
                folder.resolve(from).toString(),
                "--format=" + format,
                "--out=" + folder.resolve(out),
                "--json");
    }

    /** A safetensors file read by hand: the bytes of each tensor and its entry in the header. */
    private record Read(JsonNode header, Map<String, byte[]> tensors) {
        static Read of(Path file) throws IOException {
            byte[] all = Files.readAllBytes(file);
            int length =
                    (int) ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
            JsonNode header = new ObjectMapper().readTree(Arrays.copyOfRange(all, 8, 8 + length));
            Map<String, byte[]> tensors = new TreeMap<>();
            for (var entry : header.properties()) {
                JsonNode offsets = entry.getValue().get("data_offsets");
                if (offsets != null) {
                    int start = 8 + length;
                    tensors.put(
                            entry.getKey(),
                            Arrays.copyOfRange(
                                    all,
                                    start + offsets.get(0).asInt(),
                                    start + offsets.get(1).asInt()));
                }
            }
            return new Read(header, tensors);
        }

        long dim(String name, int index) {
            return header.get(name).get("shape").get(index).asLong();
        }
    }

    /** The bytes of a matrix [R, C] as those of [C, R]. */
    private static byte[] transposed(byte[] matrix, int rows, int columns) {
        int width = matrix.length / rows / columns;
        byte[] result = new byte[matrix.length];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                System.arraycopy(matrix, (r * columns + c) * width, result, (c * rows + r) * width, width);
            }
        }
        return result;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                GPT + "|32-true|1GB",
                GPT + ",tied=true|64-true|20KB",
                LLAMA + "|32-true|1GB",
                LLAMA + ",tied=true|64-true|9KB"
            })
    @DisplayName(
            "export to Hugging Face's names and import again give the same bits, in both precisions, in shards too")
    void keepsBits(String model, String precision, String most) throws IOException {
        Call trained = train("run", model, "--precision=" + precision);
        assertEquals(0, trained.code(), trained.err());
        Call out = exported("run", "hf", "hf", "--max-file-size=" + most);
        assertEquals(0, out.code(), out.err());
        assertEquals(!most.equals("1GB"), out.out().contains("model-00001-of-"), out.out());
        Call back = imported("hf", "hf", "back");
        assertEquals(0, back.code(), back.err());
        assertEquals(precision, back.json().get("precision").asText());
        Read before = Read.of(folder.resolve("run/checkpoint-2/model.safetensors"));
        Read after = Read.of(folder.resolve("back/checkpoint-0/model.safetensors"));
        assertEquals(before.tensors.keySet(), after.tensors.keySet());
        before.tensors.forEach((name, bytes) -> assertArrayEquals(bytes, after.tensors.get(name), name));
        String[] same = {"--prompt=Call me", "--tokens=12", "--temperature=0", "--json"};
        assertEquals(generate("run", same), generate("back", same));
    }

    private String generate(String run, String... more) {
        Call call = Call.of(Stream.concat(Stream.of("generate", "--checkpoint=" + folder.resolve(run)), Stream.of(more))
                .toArray(String[]::new));
        assertEquals(0, call.code(), call.err());
        return call.json().get("text").asText();
    }

    @Test
    @DisplayName("export writes GPT-2 as transformers has it: names, transposed weights, configuration")
    void writesGpt2() throws IOException {
        assertEquals(0, train("run", GPT).code());
        assertEquals(0, exported("run", "hf", "hf").code());
        Read ours = Read.of(folder.resolve("run/checkpoint-2/model.safetensors"));
        Read theirs = Read.of(folder.resolve("hf/model.safetensors"));
        assertEquals(ours.tensors.size(), theirs.tensors.size());
        assertEquals("pt", theirs.header.get("__metadata__").get("format").asText());
        Map<String, String> matrices = Map.of(
                "h.1.attn_qkv", "transformer.h.1.attn.c_attn",
                "h.1.attn_proj", "transformer.h.1.attn.c_proj",
                "h.0.mlp_fc", "transformer.h.0.mlp.c_fc",
                "h.0.mlp_proj", "transformer.h.0.mlp.c_proj");
        matrices.forEach((our, their) -> {
            int rows = (int) ours.dim(our + ".weight", 0);
            int columns = (int) ours.dim(our + ".weight", 1);
            assertEquals(columns, theirs.dim(their + ".weight", 0), their);
            assertArrayEquals(
                    transposed(ours.tensors.get(our + ".weight"), rows, columns),
                    theirs.tensors.get(their + ".weight"),
                    their);
            assertArrayEquals(ours.tensors.get(our + ".bias"), theirs.tensors.get(their + ".bias"), their);
        });
        Map<String, String> others = Map.of(
                "wte.weight", "transformer.wte.weight",
                "wpe.weight", "transformer.wpe.weight",
                "h.0.ln_1.weight", "transformer.h.0.ln_1.weight",
                "ln_f.bias", "transformer.ln_f.bias",
                "head.weight", "lm_head.weight");
        others.forEach((our, their) -> assertArrayEquals(ours.tensors.get(our), theirs.tensors.get(their), their));
        JsonNode config =
                new ObjectMapper().readTree(folder.resolve("hf/config.json").toFile());
        assertEquals("gpt2", config.get("model_type").asText());
        assertEquals("GPT2LMHeadModel", config.get("architectures").get(0).asText());
        assertEquals("gelu_new", config.get("activation_function").asText());
        assertEquals(16, config.get("n_embd").asInt());
        assertEquals(2, config.get("n_layer").asInt());
        assertFalse(config.get("tie_word_embeddings").asBoolean());
        assertEquals("float32", config.get("torch_dtype").asText());
    }

    @Test
    @DisplayName("export in a narrow type is read back widened")
    void narrows() throws IOException {
        assertEquals(0, train("run", GPT).code());
        Call out = exported("run", "hf", "hf", "--dtype=bf16");
        assertEquals(0, out.code(), out.err());
        Read theirs = Read.of(folder.resolve("hf/model.safetensors"));
        assertEquals(
                "BF16", theirs.header.get("transformer.wte.weight").get("dtype").asText());
        assertEquals(0, imported("hf", "hf", "back").code());
        Read after = Read.of(folder.resolve("back/checkpoint-0/model.safetensors"));
        ByteBuffer wide = ByteBuffer.wrap(after.tensors.get("wte.weight")).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer narrow =
                ByteBuffer.wrap(theirs.tensors.get("transformer.wte.weight")).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < narrow.capacity() / 2; i++) {
            assertEquals((narrow.getShort(2 * i) & 0xFFFF) << 16, wide.getInt(4 * i));
        }
    }

    @Test
    @DisplayName("import names every tensor that is missing or too much, and leaves nothing")
    void refusesOtherTensors() throws IOException {
        assertEquals(0, train("run", GPT).code());
        assertEquals(0, exported("run", "hf", "hf").code());
        Path config = folder.resolve("hf/config.json");
        Files.writeString(config, Files.readString(config).replace("\"n_layer\" : 2", "\"n_layer\" : 3"));
        Call back = imported("hf", "hf", "back");
        assertEquals(3, back.code(), back.out());
        assertTrue(back.out().contains("JVL-CKP-0053"), back.out());
        for (String layer : List.of("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")) {
            assertTrue(back.out().contains("transformer.h.2." + layer + ".weight is missing"), back.out());
        }
        Files.writeString(config, Files.readString(config).replace("\"n_layer\" : 3", "\"n_layer\" : 1"));
        Call more = imported("hf", "hf", "back");
        assertTrue(more.out().contains("transformer.h.1.ln_1.weight is not in the model"), more.out());
        Files.writeString(config, Files.readString(config).replace("gelu_new", "relu"));
        Call other = imported("hf", "hf", "back");
        assertEquals(3, other.code());
        assertTrue(other.out().contains("JVL-CKP-0056") && other.out().contains("relu"), other.out());
        assertFalse(Files.exists(folder.resolve("back")));
    }

    @Test
    @DisplayName("export and import under our own names take any model, a table's with what its columns became")
    void takesAnyModel() throws IOException {
        Path table = folder.resolve("t.csv");
        StringBuilder text = new StringBuilder("x,color,label\n");
        for (int i = 0; i < 40; i++) {
            text.append(i).append(i % 3 == 0 ? ",red," : ",blue,").append(i < 20 ? "low\n" : "high\n");
        }
        Files.writeString(table, text);
        Call trained = train("run", "mlp", "--data=" + table);
        assertEquals(0, trained.code(), trained.err());
        Call hf = exported("run", "hf", "hf");
        assertEquals(3, hf.code());
        assertTrue(hf.out().contains("JVL-CKP-0055"), hf.out());
        Call out = exported("run", "safetensors", "files");
        assertEquals(0, out.code(), out.err());
        Call back = imported("files", "safetensors", "back");
        assertEquals(0, back.code(), back.out());
        assertEquals(predict("run", table), predict("back", table));
    }

    private String predict(String run, Path table) throws IOException {
        Path out = folder.resolve(run + ".csv");
        Call call = Call.of("predict", "--checkpoint=" + folder.resolve(run), "--data=" + table, "--out=" + out);
        assertEquals(0, call.code(), call.err());
        return Files.readString(out);
    }

    @Test
    @DisplayName("inspect shows tensors, step and configuration, of files of others too")
    void inspects() {
        assertEquals(0, train("run", GPT).code());
        assertEquals(0, exported("run", "hf", "hf").code());
        Call shown = Call.of("checkpoint", "inspect", folder.resolve("run").toString(), "--json");
        assertEquals(0, shown.code(), shown.err());
        assertEquals(2, shown.json().get("step").asLong());
        assertTrue(shown.json().get("config").asText().contains("family: gpt"), shown.out());
        assertEquals(List.of("param", "m", "v"), fields(shown.json().get("tensors")));
        assertEquals(
                "wte.weight",
                shown.json().get("tensors").get("param").get(0).get("name").asText());
        Call people = Call.of("checkpoint", "inspect", folder.resolve("hf").toString());
        assertTrue(people.out().contains("transformer.h.0.attn.c_attn.weight"), people.out());
        assertTrue(people.out().contains("F32 [16, 48]"), people.out());
        assertEquals(
                3,
                Call.of("checkpoint", "inspect", folder.resolve("none").toString())
                        .code());
    }

    private static List<String> fields(JsonNode node) {
        return node.properties().stream().map(Map.Entry::getKey).toList();
    }

    @Test
    @DisplayName("fit --init begins with the weights of a run or an import, and with its model")
    void beginsWithWeights() throws IOException {
        assertEquals(0, train("run", GPT).code());
        assertEquals(0, exported("run", "hf", "hf").code());
        assertEquals(0, imported("hf", "hf", "back").code());
        Call tuned = Call.of(
                "fit",
                "--init=" + folder.resolve("back"),
                "--max-steps=1",
                "--set=optimizer.learningRate=0",
                "--set=data.batch=2",
                "--set=trainer.validationBatches=1",
                "--seed=9",
                "--out=" + folder.resolve("tuned"));
        assertEquals(0, tuned.code(), tuned.err());
        Read before = Read.of(folder.resolve("run/checkpoint-2/model.safetensors"));
        Read after = Read.of(folder.resolve("tuned/checkpoint-1/model.safetensors"));
        before.tensors.forEach((name, bytes) -> assertArrayEquals(bytes, after.tensors.get(name), name));
        Call other = Call.of(
                "fit",
                "--init=" + folder.resolve("back"),
                "--model=gpt:layers=3,width=16,heads=2,block=16",
                "--max-steps=1",
                "--out=" + folder.resolve("other"));
        assertEquals(3, other.code());
        assertTrue(other.err().contains("JVL-CKP-0015") && other.err().contains("h.2."), other.err());
        assertFalse(Files.exists(folder.resolve("other/metrics.jsonl")));
        Call resumed = Call.of("fit", "--resume=" + folder.resolve("back"));
        assertEquals(3, resumed.code());
        assertTrue(resumed.err().contains("--init"), resumed.err());
        Call both = Call.of("fit", "--resume=" + folder.resolve("run"), "--init=" + folder.resolve("back"));
        assertEquals(2, both.code(), both.err());
    }
}
