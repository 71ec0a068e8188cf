package dev.javelin.data.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableTest {
    @TempDir
    private Path folder;

    private Path file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static double[] features(TabularDataset data, int row) {
        double[] values = new double[data.schema().features()];
        data.withDType(DType.FLOAT64)
                .read(row, data.withDType(DType.FLOAT64).fields().get(0), MemorySegment.ofArray(values));
        return values;
    }

    private static int label(TabularDataset data, int row) {
        int[] value = new int[1];
        data.read(row, data.fields().get(1), MemorySegment.ofArray(value));
        return value[0];
    }

    @Test
    void numbersAreStandardisedAndTextsAreOneHot() throws IOException {
        Path file = file("a.csv", "size,color,label\n1,red,no\n3,blue,yes\n1,red,yes\n3,green,no\n");
        TabularDataset data = Table.open(file, TableOptions.of("")).split(0, 1).train();
        assertEquals(4, data.rows());
        assertEquals(4, data.schema().features());
        assertArrayEquals(new double[] {-1, 0, 0, 1}, features(data, 0)); // blue, green, red
        assertArrayEquals(new double[] {1, 1, 0, 0}, features(data, 1));
        assertArrayEquals(new double[] {1, 0, 1, 0}, features(data, 3));
        assertEquals(
                List.of(0, 1, 1, 0),
                IntStream.range(0, 4).map(i -> label(data, i)).boxed().toList());
        assertEquals(
                new ClassTarget("label", List.of("no", "yes")), data.schema().target());
        float[] floats = new float[4];
        data.read(1, data.fields().get(0), MemorySegment.ofArray(floats));
        assertArrayEquals(new float[] {1, 1, 0, 0}, floats);
        assertEquals(-1, data.fields().get(1).padding());
    }

    @Test
    void whatColumnsBecomeIsLearntFromTheTrainingPartAlone() throws IOException {
        StringBuilder text = new StringBuilder("x,kind,label\n");
        for (int i = 0; i < 40; i++) {
            text.append(i * i).append(",k").append(i).append(',').append(i % 2).append('\n');
        }
        Table table = Table.open(file("a.csv", text.toString()), TableOptions.of("label"));
        TabularDataset.Split split = table.split(0.25, 3);
        TabularDataset validation = Objects.requireNonNull(split.validation());
        assertEquals(30, split.train().rows());
        assertEquals(10, validation.rows());
        assertEquals(31, split.schema().features());
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < 30; i++) {
            double[] row = features(split.train(), i);
            sum += row[0];
            squares += row[0] * row[0];
            assertEquals(1, Arrays.stream(row).skip(1).sum(), "each has a category of its own");
        }
        assertEquals(0, sum / 30, 1e-12);
        assertEquals(1, squares / 30, 1e-12);
        for (int i = 0; i < 10; i++) {
            double[] row = features(validation, i);
            assertEquals(0, Arrays.stream(row).skip(1).sum(), "categories of the validation part are not known");
        }
    }

    @Test
    void theSeedAloneChoosesTheRowsThatAreHeldBack() {
        RowSplit one = RowSplit.of(1000, 0.1, 7);
        assertEquals(100, one.validation().length);
        assertArrayEquals(one.validation(), RowSplit.of(1000, 0.1, 7).validation());
        assertNotEquals(
                List.of(one.validation()), List.of(RowSplit.of(1000, 0.1, 8).validation()));
        int[] all = IntStream.concat(IntStream.of(one.train()), IntStream.of(one.validation()))
                .sorted()
                .toArray();
        assertArrayEquals(IntStream.range(0, 1000).toArray(), all);
        double mean = IntStream.of(one.validation()).average().orElseThrow();
        assertEquals(500, mean, 120, "from all over the table");
        assertEquals(0, RowSplit.of(5, 0, 1).validation().length);
        assertEquals("JVL-DAT-0004", code(() -> RowSplit.of(5, 0.1, 1)));
        assertEquals("JVL-DAT-0005", code(() -> RowSplit.of(5, 1, 1)));
    }

    @Test
    void wholeNumbersAsClassesKeepTheirOrder() throws IOException {
        TabularDataset data = Table.open(
                        file("a.csv", "x,class\n1,10\n2,2\n3,0\n4,2.0\n5,10\n"), TableOptions.of("class"))
                .split(0, 1)
                .train();
        assertEquals(
                new ClassTarget("class", List.of("0", "2", "10")), data.schema().target());
        assertEquals(
                List.of(2, 1, 0, 1, 2),
                IntStream.range(0, 5).map(i -> label(data, i)).boxed().toList());
    }

    @Test
    void aNumberToPredictIsStandardised() throws IOException {
        TabularDataset data = Table.open(
                        file("a.csv", "x,y\n1,10\n2,30\n"), TableOptions.of("y").withTask(TableOptions.Task.REGRESSION))
                .split(0, 1)
                .train();
        NumberTarget target = (NumberTarget) data.schema().target();
        assertEquals(new NumberTarget("y", 20, 10), target);
        float[] label = new float[1];
        data.read(1, data.fields().get(1), MemorySegment.ofArray(label));
        assertEquals(1, label[0]);
        assertEquals(30, target.number(1));
        assertEquals(1, data.schema().outputs());
    }

    @Test
    void aConstantColumnGivesZeros() throws IOException {
        TabularDataset data = Table.open(file("a.csv", "x,c,y\n1,0.1,a\n2,0.1,b\n4,0.1,a\n"), TableOptions.of("y"))
                .split(0, 1)
                .train();
        assertEquals(0, features(data, 2)[1], 1e-15);
    }

    @Test
    void missingValuesAreFilledIfThatIsAskedFor() throws IOException {
        Path file = file("a.csv", "x,kind,y\n1,a,0\n,b,1\n3,NA,0\n2,b,1\n");
        JavelinException refused = assertThrows(JavelinException.class, () -> Table.open(file, TableOptions.of("y")));
        assertEquals("JVL-DAT-0065", refused.code());
        assertTrue(refused.getMessage().contains(file + " line 3, column 'x' has no value"), refused.getMessage());
        TabularDataset data = Table.open(file, TableOptions.of("y").withMissing(TableOptions.Missing.FILL))
                .split(0, 1)
                .train();
        assertEquals(0, features(data, 1)[0], "the mean");
        assertEquals(
                new Column.Categories("kind", List.of("", "a", "b")),
                data.schema().columns().get(1));
        assertArrayEquals(new double[] {1, 0, 0}, Arrays.copyOfRange(features(data, 2), 1, 4));
    }

    @Test
    void columnsAreIgnoredOrTakenAsCategoriesOnDemand() throws IOException {
        Path file = file("a.csv", "id,zip,y\n1,80331,a\n2,10115,b\n3,80331,a\n");
        TabularDataset data = Table.open(
                        file, TableOptions.of("y").withIgnored("id").withCategorical("zip"))
                .split(0, 1)
                .train();
        assertEquals(
                List.of(new Column.Categories("zip", List.of("10115", "80331"))),
                data.schema().columns());
    }

    @ParameterizedTest
    @CsvSource({"a.csv,';'", "a.csv,'|'", "a.csv,'\t'", "a.tsv,'\t'"})
    void theDelimiterIsFoundOut(String name, String delimiter) throws IOException {
        String text = "\uFEFF\"first, with commas,\",b,y\n1, 2 ,a\n3,4,b\n";
        String cells = text.replace(",with", "@").replace("first, with commas,", "first@ with commas@");
        Path file = file(name, cells.replace(",", delimiter).replace('@', ','));
        TabularDataset data = Table.open(file, TableOptions.of("y")).split(0, 1).train();
        assertEquals(
                List.of(new Column.Numbers("first, with commas,", 2, 1), new Column.Numbers("b", 3, 1)),
                data.schema().columns());
    }

    @Test
    void theTablesOfAFolderAreOne() throws IOException {
        file("parts/b.csv", "x,y\n3,1\n");
        file("parts/a.csv", "x,y\n1,0\n2,1\n");
        file("parts/notes.txt", "no table");
        file("parts/.hidden.csv", "other\n1\n");
        TabularDataset data = Table.open(folder.resolve("parts"), TableOptions.of("y"))
                .split(0, 1)
                .train();
        assertEquals(3, data.rows());
        assertEquals(
                List.of(0, 1, 1),
                IntStream.range(0, 3).map(i -> label(data, i)).boxed().toList());
        Path other = file("parts/c.csv", "y,x\n1,1\n");
        JavelinException error =
                assertThrows(JavelinException.class, () -> Table.open(folder.resolve("parts"), TableOptions.of("y")));
        assertEquals("JVL-DAT-0061", error.code());
        assertTrue(error.getMessage().contains(other.toString()), error.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "'' ! JVL-DAT-0003 ! is empty",
                "'x,y\n' ! JVL-DAT-0003 ! no rows",
                "'x,,y\n1,2,3\n' ! JVL-DAT-0060 ! column 2 of the header has no name",
                "'x,x,y\n1,2,3\n' ! JVL-DAT-0060 ! column 2 of the header is 'x' once more",
                "'1,2\n3,4\n' ! JVL-DAT-0060 ! there is no header",
                "'x,y\n1,a\n2\n' ! JVL-DAT-0061 ! line 3 has 1 cells, the header 2",
                "'x,y\n1,a\n2,b,c\n' ! JVL-DAT-0061 ! line 3 has 3 cells, the header 2",
                "'x,z\n1,a\n' ! JVL-DAT-0062 ! has no column 'y'",
                "'y\na\nb\n' ! JVL-DAT-0062 ! no column to predict 'y' from",
                "'x,y\n,a\n,b\n' ! JVL-DAT-0065 ! line 2, column 'x' has no value, nor have 1 other cells",
                "'x,y\n1,a\n2,b\nthree,b\n' ! JVL-DAT-0064 ! line 4, column 'x': 'three' is no number, but 2 other",
                "'x,y\n1,a\n2,\n' ! JVL-DAT-0067 ! line 3, column 'y' has no value",
                "'x,y\n1,a\n2,a\n' ! JVL-DAT-0069 ! all rows have the class 'a'",
                "'x,y\n1,1.5\n2,2\n' ! JVL-DAT-0068 ! line 2, column 'y': '1.5' is no class",
            })
    void whatCannotBeUsedIsNamedByLineAndColumn(String text, String code, String message) throws IOException {
        Path file = file("a.csv", text);
        JavelinException error = assertThrows(JavelinException.class, () -> Table.open(file, TableOptions.of("y")));
        assertEquals(code, error.code(), error.getMessage());
        assertTrue(error.getMessage().contains(message), error.getMessage());
        assertTrue(error.getMessage().contains("a.csv") || code.equals("JVL-DAT-0069"), error.getMessage());
    }

    @Test
    void tooManyCategoriesOrClassesAreRefused() throws IOException {
        StringBuilder names = new StringBuilder("name,y\n");
        StringBuilder classes = new StringBuilder("x,y\n");
        for (int i = 0; i < 30; i++) {
            names.append("n").append(i).append(',').append(i % 2).append('\n');
            classes.append(i).append(",c").append(i).append('\n');
        }
        Path file = file("a.csv", names.toString());
        assertEquals(
                "JVL-DAT-0066", code(() -> Table.open(file, TableOptions.of("y").withMostCategories(29))));
        assertEquals(
                30,
                Table.open(file, TableOptions.of("y").withMostCategories(30))
                        .split(0, 1)
                        .schema()
                        .features());
        Path other = file("b.csv", classes.toString());
        assertEquals("JVL-DAT-0069", code(() -> Table.open(other, TableOptions.of("y"))));
    }

    @Test
    void whatIsNoTextOrNotThereIsUnreadable() throws IOException {
        assertEquals("JVL-DAT-0001", code(() -> Table.open(folder.resolve("none"), TableOptions.of("y"))));
        assertEquals("JVL-DAT-0003", code(() -> Table.open(folder, TableOptions.of("y"))));
        Path latin = Files.write(folder.resolve("a.csv"), "x,y\n1,é\n".getBytes(StandardCharsets.ISO_8859_1));
        assertEquals("JVL-DAT-0002", code(() -> Table.open(latin, TableOptions.of("y"))));
    }

    @Test
    void withoutANameTheLabelIsTheColumnOfThatKind() throws IOException {
        Path file = file("a.csv", "x,Target,w\n1,a,2\n2,b,3\n");
        assertEquals(
                "Target",
                Table.open(file, TableOptions.of(""))
                        .split(0, 1)
                        .schema()
                        .target()
                        .name());
        Path both = file("b.csv", "y,Target,w\n1,a,2\n2,b,3\n");
        assertEquals("JVL-DAT-0062", code(() -> Table.open(both, TableOptions.of(""))));
    }

    @Test
    void aSchemaReadsBackFromItsTree() throws IOException {
        Path file = file("a.csv", "x,kind,y\n1.1,a,u\n2.7,b,v\n");
        TableSchema schema = Table.open(file, TableOptions.of("y")).split(0, 1).schema();
        assertEquals(schema, TableSchema.of(schema.tree()));
        TableSchema numbers = Table.open(
                        file("b.csv", "x,y\n1,2.5\n2,3\n"),
                        TableOptions.of("y")
                                .withTask(TableOptions.Task.REGRESSION)
                                .withMissing(TableOptions.Missing.FILL))
                .split(0, 1)
                .schema();
        assertEquals(numbers, TableSchema.of(numbers.tree()));
        assertEquals("JVL-DAT-0074", code(() -> TableSchema.of(java.util.Map.of("columns", List.of("x")))));
        assertNull(Table.open(file, TableOptions.of("y")).split(0, 1).validation());
    }

    @Test
    void anotherTableIsReadAsTheTrainingOneByName() throws IOException {
        Path file = file("a.csv", "size,color,y\n1,red,no\n3,blue,yes\n1,red,yes\n3,green,no\n");
        TableSchema schema = Table.open(file, TableOptions.of("y")).split(0, 1).schema();
        Path other = file("b.csv", "more,color,size,y\nu,green,5,yes\nv,mauve,1,perhaps\nw,blue,2,\n");
        try (TableRows rows = new TableRows(other, schema, '\0')) {
            double[] features = new double[4];
            assertTrue(rows.next());
            rows.features(DType.FLOAT64, MemorySegment.ofArray(features));
            assertArrayEquals(new double[] {3, 0, 1, 0}, features);
            assertEquals(1, rows.label().orElseThrow());
            assertEquals(List.of("u", "green", "5", "yes"), rows.cells());
            assertTrue(rows.next());
            rows.features(DType.FLOAT64, MemorySegment.ofArray(features));
            assertArrayEquals(new double[] {-1, 0, 0, 0}, features);
            assertTrue(rows.label().isEmpty(), "a class that is not known");
            assertTrue(rows.next());
            assertTrue(rows.label().isEmpty(), "no value");
            assertTrue(!rows.next());
            assertEquals(
                    new TableRows.Unknown(1, other + " line 3: 'mauve'"),
                    rows.unknown().get("color"));
        }
        Path lacking = file("c.csv", "x\n1\n");
        JavelinException error = assertThrows(JavelinException.class, () -> new TableRows(lacking, schema, '\0'));
        assertEquals("JVL-DAT-0071", error.code());
        assertTrue(error.getMessage().contains("[size, color]"), error.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"three,JVL-DAT-0064", "'',JVL-DAT-0065"})
    void aCellThatTheModelCannotTakeIsNamed(String cell, String code) throws IOException {
        TableSchema schema = Table.open(file("a.csv", "size,y\n1,no\n3,yes\n"), TableOptions.of("y"))
                .split(0, 1)
                .schema();
        Path other = file("b.csv", "size,y\n1,no\n" + cell + ",yes\n");
        try (TableRows rows = new TableRows(other, schema, '\0')) {
            rows.next();
            rows.next();
            JavelinException error = assertThrows(
                    JavelinException.class, () -> rows.features(DType.FLOAT32, MemorySegment.ofArray(new float[1])));
            assertEquals(code, error.code());
            assertTrue(error.getMessage().contains("line 3, column 'size'"), error.getMessage());
        }
    }

    private static String code(org.junit.jupiter.api.function.Executable executable) {
        return assertThrows(JavelinException.class, executable).code();
    }
}
