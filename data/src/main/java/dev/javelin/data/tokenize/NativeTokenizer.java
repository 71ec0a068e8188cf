package dev.javelin.data.tokenize;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Hugging Face's tokenizers library, written in Rust, by the native methods of DJL. DJL's own loader and tokenizer are
 * left aside: the one asks for CUDA and may download, the other reports to its makers and copies ten arrays per text.
 * Nothing here touches the network.
 */
final class NativeTokenizer {
    private NativeTokenizer() {}

    /** Loads the library once per JVM, by the first use; a failure is kept, for every further use to tell. */
    private static final class Loaded {
        static final @Nullable JavelinException FAILURE = load();

        private static @Nullable JavelinException load() {
            String resource = "/native/lib/" + platform() + "/cpu/" + System.mapLibraryName("tokenizers");
            try (InputStream content = TokenizersLibrary.class.getResourceAsStream(resource)) {
                if (content == null) {
                    return unavailable("the library has no natives for " + platform(), null);
                }
                Path copy = Files.createTempFile("javelin-tokenizers", ".lib");
                try {
                    Files.copy(content, copy, StandardCopyOption.REPLACE_EXISTING);
                    System.load(copy.toString());
                } finally {
                    Files.delete(copy);
                }
                return null;
            } catch (IOException | UnsatisfiedLinkError | IllegalCallerException e) {
                return unavailable(String.valueOf(e), e);
            }
        }

        private static String platform() {
            String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
            String name = system.startsWith("mac") ? "osx" : system.startsWith("win") ? "win" : "linux";
            String architecture = System.getProperty("os.arch");
            return name + "-" + (architecture.equals("amd64") ? "x86_64" : architecture);
        }

        private static JavelinException unavailable(String why, @Nullable Throwable cause) {
            String problem = "a tokenizer.json cannot be used here: " + why;
            String remedy = "start with the flags of 'javelin java-args' (--enable-native-access=dev.javelin.data,"
                    + "ai.djl.tokenizers) on Linux or macOS, let java.io.tmpdir be a folder that libraries may be loaded"
                    + " from, or use data.tokens gpt2 or bytes";
            return cause == null
                    ? new JavelinException("JVL-DAT-0052", problem, remedy)
                    : new JavelinException("JVL-DAT-0052", problem, remedy, cause);
        }
    }

    private static TokenizersLibrary library() {
        if (Loaded.FAILURE != null) {
            throw new JavelinException(
                    Loaded.FAILURE.code(), Loaded.FAILURE.problem(), Loaded.FAILURE.remedy(), Loaded.FAILURE);
        }
        return TokenizersLibrary.LIB;
    }

    /**
     * Makes a tokenizer; {@link #delete} it.
     *
     * @throws RuntimeException of the library if the text is no tokenizer
     */
    static long create(String json) {
        return library().createTokenizerFromString(json);
    }

    static void delete(long tokenizer) {
        library().deleteTokenizer(tokenizer);
    }

    static long[] encode(long tokenizer, String text) {
        long encoding = library().encode(tokenizer, text, false);
        try {
            return library().getTokenIds(encoding);
        } finally {
            library().deleteEncoding(encoding);
        }
    }

    static String decode(long tokenizer, long[] tokens) {
        return library().decode(tokenizer, tokens, false);
    }

    /** Cuts nothing and fills nothing up, whatever the file says: a text has as many tokens as it has. */
    static void neitherCutNorPad(long tokenizer) {
        library().disableTruncation(tokenizer);
        library().disablePadding(tokenizer);
    }
}
