package dev.javelin.data.table;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.javelin.api.JavelinException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rows of a table, one after the other, over all of its files. Each file has the header. */
final class TableReader implements AutoCloseable {
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final Iterator<Path> files;
    private final char delimiter;
    private final List<String> header;
    private Path file;
    private CsvReader<CsvRecord> reader;
    private Iterator<CsvRecord> records;
    private @Nullable CsvRecord current;

    /**
     * Opens the first file and reads the header.
     *
     * @param delimiter 0 finds it out
     * @throws JavelinException {@code JVL-DAT-0001} to {@code 0003} for files that are not there, unreadable or empty,
     *     {@code 0060} for a header that is none
     */
    TableReader(Path path, char delimiter) {
        List<Path> found = TableFiles.find(path);
        files = found.iterator();
        file = files.next();
        this.delimiter = delimiter == 0 ? TableFiles.delimiter(file) : delimiter;
        reader = open(file);
        records = reader.iterator();
        try {
            header = header();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private CsvReader<CsvRecord> open(Path next) {
        try {
            BufferedReader text = Files.newBufferedReader(next);
            text.mark(1);
            if (text.read() != BYTE_ORDER_MARK) {
                text.reset();
            }
            return CsvReader.builder()
                    .fieldSeparator(delimiter)
                    .allowMissingFields(true) // counted here, with the line
                    .allowExtraFields(true)
                    .ofCsvRecord(text);
        } catch (IOException e) {
            throw TableFiles.unreadable(next, e);
        }
    }

    private List<String> header() {
        CsvRecord record = read();
        if (record == null) {
            throw new JavelinException(
                    "JVL-DAT-0003", "the table " + file + " is empty", "give a file with a header and rows");
        }
        List<String> names = record.getFields().stream().map(String::strip).toList();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).isEmpty() || !seen.add(names.get(i))) {
                throw new JavelinException(
                        "JVL-DAT-0060",
                        file + ": column " + (i + 1) + " of the header "
                                + (names.get(i).isEmpty() ? "has no name" : "is '" + names.get(i) + "' once more"),
                        "give each column a name of its own in the first line");
            }
        }
        if (names.stream().noneMatch(name -> Double.isNaN(Cells.number(name)))) {
            throw new JavelinException(
                    "JVL-DAT-0060",
                    file + ": the first line holds only numbers, so there is no header",
                    "put a line with the names of the columns first");
        }
        return names;
    }

    List<String> names() {
        return header;
    }

    /**
     * Goes to the next row; false after the last.
     *
     * @throws JavelinException {@code JVL-DAT-0002} if the file cannot be read, {@code 0061} for a row of another length
     *     and for a part with another header
     */
    boolean next() {
        while ((current = read()) == null) {
            if (!files.hasNext()) {
                return false;
            }
            close();
            file = files.next();
            reader = open(file);
            records = reader.iterator();
            requireSameHeader();
        }
        if (current.getFieldCount() != header.size()) {
            throw new JavelinException(
                    "JVL-DAT-0061",
                    place() + " has " + current.getFieldCount() + " cells, the header " + header.size(),
                    "correct the row; a cell with the delimiter '" + (delimiter == '\t' ? "tab" : delimiter)
                            + "' in it needs double quotes around it");
        }
        return true;
    }

    private void requireSameHeader() {
        List<String> here = header();
        if (!here.equals(header)) {
            throw new JavelinException(
                    "JVL-DAT-0061",
                    file + " has the columns " + here + ", the file before " + header,
                    "give all parts of a table the same header");
        }
    }

    private @Nullable CsvRecord read() {
        try {
            return records.hasNext() ? records.next() : null;
        } catch (CsvParseException | UncheckedIOException e) {
            throw TableFiles.unreadable(file, e);
        }
    }

    /** A cell of the row, without spaces around it. */
    String cell(int column) {
        return Objects.requireNonNull(current).getField(column).strip();
    }

    /** All cells of the row as they stand in the file. */
    List<String> cells() {
        return Objects.requireNonNull(current).getFields();
    }

    /** Where the row begins. */
    Place place() {
        return new Place(file, Objects.requireNonNull(current).getStartingLineNumber());
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException e) {
            // the file was only read: nothing is lost
        }
    }
}
