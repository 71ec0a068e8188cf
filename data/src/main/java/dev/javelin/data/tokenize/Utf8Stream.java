package dev.javelin.data.tokenize;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;

/** Tokens that are bytes of UTF-8, one or several each: what is no UTF-8 becomes U+FFFD. */
final class Utf8Stream implements TextStream {
    private static final int CHARACTER_BYTES = 4;

    private final IntFunction<byte[]> bytes;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private ByteBuffer pending = ByteBuffer.allocate(16);

    /**
     * @param bytes of a token
     */
    Utf8Stream(IntFunction<byte[]> bytes) {
        this.bytes = bytes;
    }

    @Override
    public String add(int token) {
        byte[] more = bytes.apply(token);
        if (pending.remaining() < more.length) {
            ByteBuffer larger = ByteBuffer.allocate(CHARACTER_BYTES + more.length);
            larger.put(pending.flip());
            pending = larger;
        }
        pending.put(more).flip();
        CharBuffer chars = CharBuffer.allocate(pending.remaining());
        decoder.decode(pending, chars, false);
        pending.compact();
        return chars.flip().toString();
    }

    @Override
    public String end() {
        pending.flip();
        CharBuffer chars = CharBuffer.allocate(pending.remaining() + 1);
        decoder.decode(pending, chars, true);
        decoder.flush(chars);
        decoder.reset();
        pending.clear();
        return chars.flip().toString();
    }
}
