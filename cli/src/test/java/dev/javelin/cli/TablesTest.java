package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A model of a table")
class TablesTest {
    @TempDir
    private Path folder;

    private Path table;

    /** Two classes that size and color tell apart, and a price that follows from both. */
    @BeforeEach
    void write() throws IOException {
        Random random = new Random(5);
        StringBuilder text = new StringBuilder("id,size,color,kind,price\n");
        for (int i = 0; i < 120; i++) {
            double size = 10 * random.nextDouble();
            boolean red = random.nextBoolean();
            String kind = red == size > 5 ? "plum" : "apple";
            double price = 100 + 7 * size + (red ? 20 : 0);
            text.append(
                    String.format(Locale.ROOT, "%d,%.4f,%s,%s,%.4f%n", i, size, red ? "red" : "green", kind, price));
        }
        table = Files.writeString(folder.resolve("fruit.csv"), text);
    }

    private Call fit(String... more) {
        return Call.of(concat(
                List.of(
                        "fit",
                        "--data=" + table,
                        "--out=" + folder.resolve("run"),
                        "--set=optimizer.learningRate=0.02",
                        "--set=data.batch=24",
                        "--json"),
                more));
    }

    private static String[] concat(List<String> first, String... more) {
        return java.util.stream.Stream.concat(first.stream(), java.util.stream.Stream.of(more))
                .toArray(String[]::new);
    }

    private Call fitKinds(String... more) {
        return fit(concat(List.of("--model=mlp:width=16", "--label=kind", "--set=data.ignore=id,price"), more));
    }

    @ParameterizedTest
    @CsvSource({"32-true", "64-true"})
    @DisplayName("is as wide as the table, learns its classes, and tells the accuracy")
    void classifies(String precision) throws IOException {
        Call call = fitKinds("--max-steps=200", "--precision=" + precision);
        assertEquals(0, call.code(), call.err());
        assertEquals(3 * 16 + 16 + 16 * 2 + 2, call.json().get("parameters").asLong());
        assertTrue(call.json().get("validation").get("accuracy").asDouble() > 0.8, call.out());
        String metrics = Files.readString(folder.resolve("run/metrics.jsonl"));
        assertTrue(metrics.contains("\"accuracy\""), metrics);
        String config = Files.readString(folder.resolve("run/config.yaml"));
        assertTrue(config.contains("features: 3") && config.contains("classes: 2"), config);
        Call predict = predict("--json");
        assertEquals(0, predict.code(), predict.err());
        assertEquals(120, predict.json().get("rows").asLong());
        assertTrue(predict.json().get("accuracy").asDouble() > 0.8, predict.out());
        List<String> lines = Files.readAllLines(folder.resolve("out.csv"));
        assertEquals("id,size,color,kind,price,prediction,probability apple,probability plum", lines.getFirst());
        assertEquals(121, lines.size());
        String[] cells = lines.get(1).split(",");
        double apple = Double.parseDouble(cells[6]);
        double plum = Double.parseDouble(cells[7]);
        assertEquals(1, apple + plum, 1e-6);
        assertEquals(apple > plum ? "apple" : "plum", cells[5]);
    }

    private Call predict(String... more) {
        return Call.of(concat(
                List.of(
                        "predict",
                        "--checkpoint=" + folder.resolve("run"),
                        "--data=" + table,
                        "--out=" + folder.resolve("out.csv")),
                more));
    }

    @Test
    @DisplayName("predicts numbers in their own unit")
    void predictsNumbers() throws IOException {
        Call call = fit(
                "--model=mlp:task=regression,width=16",
                "--label=price",
                "--set=data.ignore=id,kind",
                "--max-steps=300");
        assertEquals(0, call.code(), call.err());
        assertTrue(call.json().get("validationLoss").asDouble() < 0.1, "most of the variance is explained");
        Call predict = predict("--json");
        assertTrue(predict.json().get("rootMeanSquaredError").asDouble() < 8, predict.out());
        String[] cells = Files.readAllLines(folder.resolve("out.csv")).get(1).split(",");
        assertEquals(Double.parseDouble(cells[4]), Double.parseDouble(cells[5]), 30);
    }

    @Test
    @DisplayName("predicts with the checkpoint of a run that --which names")
    void predictsWithAnyCheckpoint() {
        assertEquals(
                0, fitKinds("--max-steps=10", "--set=trainer.checkpointEvery=5").code());
        Call early = predict("--which=5", "--json");
        assertEquals(0, early.code(), early.err());
        assertTrue(early.json().get("checkpoint").asText().endsWith("checkpoint-5"), early.out());
        Call none = predict("--which=7", "--overwrite");
        assertEquals(3, none.code());
        assertTrue(none.err().startsWith("JVL-CKP-0060"), none.err());
    }

    @Test
    @DisplayName("predicts rows whose label is not known, and says which values it never met")
    void predictsNewRows() throws IOException {
        assertEquals(0, fitKinds("--max-steps=20").code());
        table = Files.writeString(folder.resolve("new.csv"), "color;size\nblue;3\nred;4\n");
        Call predict = predict();
        assertEquals(0, predict.code(), predict.err());
        assertTrue(predict.err().contains("column 'color' has 1 values that training did not meet"), predict.err());
        assertTrue(predict.err().contains("line 2: 'blue'"), predict.err());
        assertFalse(predict.err().contains("accuracy"), predict.err());
        assertEquals(3, Files.readAllLines(folder.resolve("out.csv")).size());
        assertEquals(2, predict().code(), "the file exists");
        assertEquals(0, predict("--overwrite").code());
        Files.writeString(table, "color;size\nblue;3\nred;four\n");
        Call broken = predict("--overwrite");
        assertEquals(3, broken.code());
        assertTrue(broken.err().contains("new.csv line 3, column 'size': 'four'"), broken.err());
        assertEquals(3, Files.readAllLines(folder.resolve("out.csv")).size(), "what was there is whole");
        assertFalse(Files.exists(folder.resolve(".out.csv.partial")));
    }

    @Test
    @DisplayName("goes on to the same bits as without a break, and only with the table as it was")
    void resumes() throws IOException {
        String[] constant = {"--set=optimizer.schedule=constant"};
        assertEquals(0, fitKinds(concat(List.of("--max-steps=20"), constant)).code());
        byte[] whole = Files.readAllBytes(folder.resolve("run/checkpoint-20/model.safetensors"));
        assertEquals(
                0,
                fitKinds(concat(List.of("--max-steps=10", "--overwrite"), constant))
                        .code());
        Call resumed = Call.of("fit", "--resume=" + folder.resolve("run"), "--max-steps=20", "--json");
        assertEquals(0, resumed.code(), resumed.err());
        assertEquals(
                java.util.HexFormat.of().formatHex(whole),
                java.util.HexFormat.of()
                        .formatHex(Files.readAllBytes(folder.resolve("run/checkpoint-20/model.safetensors"))));
        Files.writeString(table, Files.readString(table).replace("red", "crimson"));
        Call changed = Call.of("fit", "--resume=" + folder.resolve("run"), "--max-steps=30");
        assertEquals(3, changed.code());
        assertTrue(changed.err().contains("JVL-CKP-0044"), changed.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--model=mlp|3|JVL-DAT-0062",
                "--model=mlp --label=kinds|3|JVL-DAT-0062",
                "--model=mlp --label=price|3|JVL-DAT-0068",
                "--model=mlp:features=9 --label=kind|2|JVL-CFG-0028",
                "--model=mlp --label=kind --set=data.block=16|2|JVL-CFG-0080",
                "--model=small --label=kind|2|JVL-CFG-0080",
                "--model=mlp --label=kind --set=data.missing=zero|2|JVL-CFG-0049",
                "--model=mlp --label=kind --set=data.validation=0.001|3|JVL-DAT-0004",
            })
    @DisplayName("is refused with a code where table and settings do not fit")
    void refuses(String options, int exit, String code) {
        Call call = fit(options.split(" "));
        assertEquals(exit, call.code(), call.err());
        assertTrue(call.err().contains(code) || call.out().contains(code), call.err() + call.out());
        assertFalse(Files.exists(folder.resolve("run")), "nothing is written");
    }
}
