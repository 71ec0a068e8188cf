package dev.javelin.accelerator.cuda.driver;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The compiled kernels of a family, as they lie in this module. */
public final class Ptx {
    private static final String FOLDER = "/dev/javelin/accelerator/cuda/ptx/";

    private Ptx() {}

    /**
     * The PTX of a family.
     *
     * @throws JavelinException {@code JVL-CUD-0006} if it is not there
     */
    public static String of(String family) {
        try (InputStream text = Ptx.class.getResourceAsStream(FOLDER + family + ".ptx")) {
            if (text == null) {
                throw missing(family);
            }
            return new String(text.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            JavelinException error = missing(family);
            error.initCause(e);
            throw error;
        }
    }

    private static JavelinException missing(String family) {
        return new JavelinException(
                "JVL-CUD-0006",
                "the compiled kernels of family " + family + " are not in this module",
                "run accelerator-cuda/compile-kernels and build again; if the jar came so, get it anew");
    }
}
