package dev.javelin.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

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

    /**
     * The same as a file in a folder, written there if it is missing, whole or not at all.
     *
     * @throws IOException if it cannot be written
     */
    public static Path mobyDickFile(Path folder) throws IOException {
        Path file = folder.resolve(MOBY_DICK);
        if (!Files.exists(file)) {
            Files.createDirectories(folder);
            Path partial = Files.createTempFile(folder, ".moby-dick", ".partial");
            try (InputStream stream = BundledText.class.getResourceAsStream(MOBY_DICK)) {
                if (stream == null) {
                    throw new IllegalStateException("the jar of dev.javelin.data lacks " + MOBY_DICK);
                }
                Files.copy(stream, partial, StandardCopyOption.REPLACE_EXISTING);
                Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(partial);
            }
        }
        return file;
    }
}
