package dev.javelin.communicator.nccl;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.LibraryFolders;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Loads NCCL out of the folders that the user names, and no other; else out of the first of {@link LibraryFolders#nvidia}
 * that has one that loads, and at last by its name, where the system's loader looks: as the accelerator {@code cuda} finds
 * its libraries.
 */
final class NcclLibrary {
    private static final String NAME = "libnccl.so.2";

    private NcclLibrary() {}

    /**
     * Loads it, for the life of the process.
     *
     * @param libraryPath the only folders to look in, separated as in a PATH; empty for all places
     * @throws JavelinException {@code JVL-COM-0301} with where was looked, or the version that is too old
     */
    static Nccl load(String libraryPath, Map<String, String> environment) {
        return load(NAME, libraryPath, environment);
    }

    static Nccl load(String soname, String libraryPath, Map<String, String> environment) {
        if (!libraryPath.isBlank()) {
            return named(soname, libraryPath);
        }
        LibraryFolders folders = LibraryFolders.nvidia("", environment);
        for (Path file : folders.files(soname)) {
            Optional<SymbolLookup> symbols = open(file);
            if (symbols.isPresent()) {
                return current(new Nccl(symbols.get()), file.toString());
            }
        }
        Optional<SymbolLookup> symbols = open(soname);
        if (symbols.isPresent()) {
            return current(new Nccl(symbols.get()), soname);
        }
        throw new JavelinException(
                "JVL-COM-0301",
                "no NCCL: looked for " + folders.searched(soname),
                "install it (package libnccl2, or nvidia-nccl-cu13 of pip), or set communicator.nccl.libraryPath to the"
                        + " folder of its " + soname);
    }

    /** What the user names is taken or refused: another NCCL in its place would not be noticed. */
    private static Nccl named(String soname, String libraryPath) {
        List<Path> files = LibraryFolders.named(libraryPath).files(soname);
        for (Path file : files) {
            Optional<SymbolLookup> symbols = open(file);
            if (symbols.isPresent()) {
                return current(new Nccl(symbols.get()), file.toString());
            }
        }
        throw new JavelinException(
                "JVL-COM-0301",
                "communicator.nccl.libraryPath is '" + libraryPath + "', and "
                        + (files.isEmpty() ? "there is no " + soname : files + " does not load"),
                "name the folder of a " + soname + " in libraryPath, or leave it out to look in the usual places");
    }

    private static Nccl current(Nccl nccl, String candidate) {
        int version = nccl.ncclGetVersion();
        if (version < Nccl.OLDEST) {
            throw new JavelinException(
                    "JVL-COM-0301",
                    "the NCCL in " + candidate + " is " + text(version) + ", too old",
                    "install " + text(Nccl.OLDEST) + " or newer, or set communicator.nccl.libraryPath to one");
        }
        return nccl;
    }

    /** For example 2.23.4. */
    static String text(int version) {
        return version / 10_000 + "." + version / 100 % 100 + "." + version % 100;
    }

    @SuppressWarnings("restricted")
    private static Optional<SymbolLookup> open(Path file) {
        try {
            return Optional.of(SymbolLookup.libraryLookup(file, Arena.global()));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // of another machine, or one of its own libraries is missing
        }
    }

    @SuppressWarnings("restricted")
    private static Optional<SymbolLookup> open(String soname) {
        try {
            return Optional.of(SymbolLookup.libraryLookup(soname, Arena.global()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
