package jcuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Loads JCuda's native libraries, in place of JCuda's own class of this name: that one unpacks into a file that all
 * processes and users of a machine share, which a process may load while another one still writes it.
 */
public final class LibUtilsCuda {
    private LibUtilsCuda() {}

    /**
     * Unpacks a library of this module into a file of this process, loads it and removes the file.
     *
     * @param libraryName as JCuda asks for it, without {@code lib} and {@code .so}
     * @param dependentLibraryNames none that travel here
     */
    @SuppressWarnings("restricted")
    public static void loadLibrary(String libraryName, String... dependentLibraryNames) {
        String resource = "/lib/lib" + libraryName + ".so";
        try (InputStream library = LibUtilsCuda.class.getResourceAsStream(resource)) {
            if (library == null) {
                throw new UnsatisfiedLinkError(resource + " is not in this module: it is made for Linux on x86-64");
            }
            Path file = Files.createTempFile("javelin-" + libraryName, ".so");
            try {
                Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
                System.load(file.toString());
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            UnsatisfiedLinkError error = new UnsatisfiedLinkError(resource + " cannot be unpacked: " + e.getMessage());
            error.initCause(e);
            throw error;
        }
    }
}
