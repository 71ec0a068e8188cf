package dev.javelin.data.corpus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.javelin.data.tokenize.Texts;
import dev.javelin.data.tokenize.Tokenizer;
import dev.javelin.data.tokenize.Tokenizers;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextCutsTest {
    private static long cut(String text, int wanted) {
        return new TextCuts(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8))).before(wanted);
    }

    @Test
    void cutsStandBehindALineEndBetweenWordsRatherThanBeforeASpace() {
        assertEquals(4, cut("one\ntwo three four", 12));
        assertEquals(7, cut("one two three four", 12));
        assertEquals(12, cut("onetwothreefourfive", 12), "anywhere, for want of better");
    }

    @Test
    void whiteSpaceOfSeveralCharactersIsNotCut() {
        assertEquals(1, cut("a b  c", 5));
        assertEquals(1, cut("a b\n\n c", 6), "the one space between words");
        assertEquals(1, cut("a b\u2003\u2003c", 8));
    }

    @Test
    void aCharacterIsNeverCut() {
        String text = "😀".repeat(20);
        for (int wanted = 1; wanted < 80; wanted++) {
            if (wanted >= 4) { // pieces are longer than a character
                assertEquals(wanted / 4 * 4, cut(text, wanted));
            }
        }
    }

    @Test
    void theTokensOfThePiecesAreThoseOfTheWholeWhereverItIsCut() {
        String text = Texts.book(3000) + String.join("\n", Texts.written()) + Texts.book(500);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        TextCuts cuts = new TextCuts(MemorySegment.ofArray(bytes));
        try (Tokenizer gpt2 = Tokenizers.open("gpt2")) {
            int[] whole = gpt2.encode(text);
            for (int wanted = 60; wanted < bytes.length; wanted += 7) {
                int at = (int) cuts.before(wanted);
                String left = new String(bytes, 0, at, StandardCharsets.UTF_8);
                String right = new String(bytes, at, bytes.length - at, StandardCharsets.UTF_8);
                assertFalse(left.endsWith("\uFFFD") && !text.contains("\uFFFD"), "a character was cut at " + at);
                int[] joined = IntStream.concat(IntStream.of(gpt2.encode(left)), IntStream.of(gpt2.encode(right)))
                        .toArray();
                assertArrayEquals(whole, joined, "cut at byte " + at);
            }
        }
    }
}
