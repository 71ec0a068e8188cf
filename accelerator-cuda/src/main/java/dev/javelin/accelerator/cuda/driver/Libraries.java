package dev.javelin.accelerator.cuda.driver;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.LibraryFolders;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Loads NVIDIA's libraries by soname, out of the first of {@link LibraryFolders#nvidia} that has one that loads, and at last
 * by the bare name, where the system's loader looks.
 *
 * <p>A library that was loaded stays loaded in the process, and another library that needs it by its soname gets that one:
 * so the driver that is found here is the one that JCuda uses.
 */
public final class Libraries {
    private final LibraryFolders folders;

    private Libraries(LibraryFolders folders) {
        this.folders = folders;
    }

    /**
     * @param libraryPath folders, separated as in a PATH; empty for none
     * @param environment of the process
     */
    public static Libraries of(String libraryPath, Map<String, String> environment) {
        return new Libraries(LibraryFolders.nvidia(libraryPath, environment));
    }

    /** A library that was loaded. */
    public record Loaded(String name, String from, SymbolLookup symbols) {}

    /** The first of these sonames that is found and loads; what was found and does not load is passed over. */
    public Optional<Loaded> load(String... sonames) {
        for (Path file : folders.files(sonames)) {
            Optional<Loaded> loaded = load(file.getFileName().toString(), file);
            if (loaded.isPresent()) {
                return loaded;
            }
        }
        for (String soname : sonames) {
            Optional<Loaded> loaded = load(soname);
            if (loaded.isPresent()) {
                return loaded;
            }
        }
        return Optional.empty();
    }

    /**
     * The same, for a library that must be there.
     *
     * @throws JavelinException {@code JVL-CUD-0014} that says where was looked
     */
    public Loaded require(String what, String remedy, String... sonames) {
        return load(sonames)
                .orElseThrow(() -> new JavelinException(
                        "JVL-CUD-0014", "no " + what + ": looked for " + searched(sonames), remedy));
    }

    /** What was looked for, and where, for messages. */
    public String searched(String... sonames) {
        return folders.searched(sonames);
    }

    @SuppressWarnings("restricted")
    private static Optional<Loaded> load(String soname, Path file) {
        try {
            return Optional.of(new Loaded(soname, file.toString(), SymbolLookup.libraryLookup(file, Arena.global())));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // of another machine, or one of its own libraries is missing
        }
    }

    @SuppressWarnings("restricted")
    private static Optional<Loaded> load(String soname) {
        try {
            return Optional.of(new Loaded(soname, soname, SymbolLookup.libraryLookup(soname, Arena.global())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
