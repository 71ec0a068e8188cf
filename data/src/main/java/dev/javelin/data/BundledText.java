package dev.javelin.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The text that comes with Javelin. */
public final class BundledText {
    private static final String MOBY_DICK = "moby-dick.txt";

    private BundledText() {}

    /** "Moby-Dick; or, The Whale" by Herman Melville (1851), public domain, 1.2 MB. The caller closes it. */
    public static ByteText mobyDick() {
        try (InputStream stream = BundledText.class.getResourceAsStream(MOBY_DICK)) {
            if (stream == null) {
                throw new IllegalStateException("the jar of dev.javelin.data lacks " + MOBY_DICK);
            }
            return ByteText.of("the bundled Moby-Dick", stream.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
