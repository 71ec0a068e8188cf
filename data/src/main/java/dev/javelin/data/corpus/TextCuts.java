package dev.javelin.data.corpus;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where a text in UTF-8 may be cut without changing its tokens, so that its pieces can be encoded by several threads and
 * none has to be in memory whole. A cut depends on the text alone.
 *
 * <p>The splitting patterns of GPT-2 and its successors (cl100k, Llama 3, o200k) end a word at a line's end between two
 * characters that are not white space, and before a single space between two such: a cut there gives the tokens of the
 * whole text. So it does for tokenizers without such a pattern, but for what they put before the first word of every text
 * (the {@code ▁} of Llama 2), which then stands once in each piece. A text that has no such place for 64 KiB is cut between
 * two characters.
 */
final class TextCuts {
    private static final int SEARCH_BYTES = 1 << 16;
    private static final int NONE = -1;

    private final MemorySegment text;
    private final long size;

    TextCuts(MemorySegment text) {
        this.text = text;
        this.size = text.byteSize();
    }

    /**
     * The last good place at or before a position.
     *
     * @param wanted above 0, below the size
     */
    long before(long wanted) {
        long least = Math.max(1, wanted - SEARCH_BYTES);
        for (long at = wanted; at >= least; at--) {
            if (afterLine(at)) {
                return at;
            }
        }
        for (long at = wanted; at >= least; at--) {
            if (beforeSpace(at)) {
                return at;
            }
        }
        long at = wanted;
        while (at > least && continues(at)) {
            at--;
        }
        return at;
    }

    private boolean afterLine(long at) {
        return at >= 2 && unit(at - 1) == '\n' && solid(lastBefore(at - 1)) && solid(character(at));
    }

    private boolean beforeSpace(long at) {
        return unit(at) == ' ' && at + 1 < size && solid(lastBefore(at)) && solid(character(at + 1));
    }

    /** A character that is neither white space nor a control nor a mark that belongs to the one before. */
    private static boolean solid(int character) {
        if (character == NONE || Character.isWhitespace(character) || Character.isSpaceChar(character)) {
            return false;
        }
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.COMBINING_SPACING_MARK,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }

    private int unit(long at) {
        return text.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    }

    private boolean continues(long at) {
        return (unit(at) & 0xC0) == 0x80;
    }

    /** The character that ends before a place. */
    private int lastBefore(long at) {
        long start = at - 1;
        while (start > 0 && at - start < 4 && continues(start)) {
            start--;
        }
        return character(start);
    }

    /** The character that begins at a place; {@link #NONE} for what is no UTF-8. */
    private int character(long at) {
        int first = unit(at);
        if (first < 0x80) {
            return first;
        }
        int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
        if (length == 0 || at + length > size) {
            return NONE;
        }
        int character = first & (0xFF >> (length + 1));
        for (int i = 1; i < length; i++) {
            if (!continues(at + i)) {
                return NONE;
            }
            character = character << 6 | unit(at + i) & 0x3F;
        }
        return Character.isValidCodePoint(character) ? character : NONE;
    }
}
