/**
 * Arrow IPC files of token ids, mapped.
 *
 * <p>Reading order: {@link dev.javelin.data.arrow.ArrowTokens} (a column of ids in files, in place), {@code ArrowFile}
 * (the walk over the messages), {@code TokenColumn} and {@code BufferPlace} (which buffers are the column's), {@code
 * IdType} (how ids are stored), {@link dev.javelin.data.arrow.ArrowWriter} and {@code ArrowSchema} (what Javelin writes).
 *
 * <p>Of the Arrow libraries only the format is used: generated classes that read and write the metadata of messages. The
 * buffers are used where they lie in the mapped file, through {@code MemorySegment}, so that there is neither a heap copy
 * nor a second allocator, and no JVM flag is needed. Tests compare with Arrow's own reader and writer.
 */
@NullMarked
package dev.javelin.data.arrow;

import org.jspecify.annotations.NullMarked;
