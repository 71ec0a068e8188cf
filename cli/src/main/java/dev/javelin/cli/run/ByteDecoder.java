package dev.javelin.cli.run;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Turns bytes that arrive one by one into text: UTF-8, with a replacement for what is none. */
public final class ByteDecoder {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final ByteBuffer pending = ByteBuffer.allocate(8);
    private final CharBuffer chars = CharBuffer.allocate(16);

    /** The characters that are complete with this byte, often one, sometimes none. */
    public String add(int token) {
        pending.put((byte) token).flip();
        decoder.decode(pending, chars, false);
        pending.compact();
        return drain();
    }

    /** What is left at the end: a replacement for an incomplete character. */
    public String end() {
        pending.flip();
        decoder.decode(pending, chars, true);
        decoder.flush(chars);
        pending.clear();
        return drain();
    }

    private String drain() {
        String text = chars.flip().toString();
        chars.clear();
        return text;
    }

    /** Text that does nothing to a terminal: control characters but line breaks and tabs are replaced. */
    public static String printable(String text) {
        StringBuilder safe = new StringBuilder();
        text.codePoints()
                .forEach(c -> safe.appendCodePoint(Character.isISOControl(c) && c != '\n' && c != '\t' ? 0xFFFD : c));
        return safe.toString();
    }
}
