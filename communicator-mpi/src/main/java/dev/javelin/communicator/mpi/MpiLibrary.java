package dev.javelin.communicator.mpi;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds the installed Open MPI. */
final class MpiLibrary {
    /** The name that Open MPI has carried since version 1.10, 4 and 5 included; then macOS's. */
    private static final List<String> NAMES = List.of("libmpi.so.40", "libmpi.40.dylib");

    /** Where distributions keep it off the loader's path. */
    private static final List<String> FOLDERS = List.of(
            "/usr/lib64/openmpi/lib",
            "/usr/lib/x86_64-linux-gnu/openmpi/lib",
            "/usr/lib/aarch64-linux-gnu/openmpi/lib",
            "/usr/local/lib",
            "/opt/openmpi/lib",
            "/opt/homebrew/lib");

    private MpiLibrary() {}

    /**
     * Loads it, for the life of the process.
     *
     * @param configured path or name of the library; empty to look for it
     * @throws JavelinException {@code JVL-COM-0201} with what was tried
     */
    static Mpi load(String configured) {
        List<String> tried = new ArrayList<>();
        for (String candidate : configured.isEmpty() ? candidates() : List.of(configured)) {
            try {
                return new Mpi(open(candidate));
            } catch (IllegalArgumentException e) {
                tried.add(candidate + " (" + e.getMessage() + ")");
            }
        }
        throw new JavelinException(
                MpiErrors.NO_LIBRARY,
                "no Open MPI 4 or 5 found; tried " + String.join(", ", tried),
                "install it (Debian and Ubuntu: openmpi-bin and libopenmpi3), or set communicator.mpi.library to the path"
                        + " of its libmpi.so");
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup open(String candidate) {
        if (candidate.contains("/")) {
            return SymbolLookup.libraryLookup(Path.of(candidate), Arena.global());
        }
        return SymbolLookup.libraryLookup(candidate, Arena.global());
    }

    private static List<String> candidates() {
        List<String> candidates = new ArrayList<>(NAMES);
        for (String folder : FOLDERS) {
            if (!Files.isDirectory(Path.of(folder))) {
                continue;
            }
            try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(folder), "libmpi.{so*,*dylib}")) {
                files.forEach(file -> candidates.add(file.toString()));
            } catch (IOException e) {
                // A folder that cannot be listed holds nothing for us.
            }
        }
        return candidates;
    }
}
