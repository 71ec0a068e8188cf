package dev.javelin.engine.train;

import dev.javelin.api.Dataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * What a resumed run recognises its data by.
 *
 * @param rows of the dataset
 * @param crc of its first, middle and last row: cheap, and other for another text of the same length
 */
record DataPrint(long rows, long crc) {

    static DataPrint of(Dataset data) {
        CRC32C crc = new CRC32C();
        long rows = data.rows();
        try (Arena arena = Arena.ofConfined()) {
            for (long row : rows == 0 ? new long[0] : new long[] {0, rows / 2, rows - 1}) {
                for (Dataset.Field field : data.fields()) {
                    MemorySegment bytes = arena.allocate(Math.max(1, field.row().bytes()), 8);
                    data.read(row, field, bytes.asSlice(0, field.row().bytes()));
                    crc.update(bytes.asByteBuffer());
                }
            }
        }
        return new DataPrint(rows, crc.getValue());
    }
}
