package dev.javelin.data.table;

import java.nio.file.Path;

/** A row in a file, for messages. */
record Place(Path file, long line) {
    @Override
    public String toString() {
        return file + " line " + line;
    }

    String column(String name) {
        return this + ", column '" + name + "'";
    }
}
