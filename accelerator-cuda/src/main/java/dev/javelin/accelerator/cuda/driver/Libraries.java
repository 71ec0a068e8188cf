package dev.javelin.accelerator.cuda.driver;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds NVIDIA's libraries by soname: in the option {@code libraryPath}; in {@code $CUDA_HOME/lib64} and
 * {@code $CUDA_PATH/lib64}; in {@code site-packages/nvidia/.../lib} of the Pythons on the {@code PATH}, where pip puts
 * them; and at last by the bare name, where the system's loader looks. An earlier place goes before a later one, and within
 * a place an earlier name before a later one.
 *
 * <p>A library that was loaded stays loaded in the process, and another library that needs it by its soname gets that one:
 * so the driver that is found here is the one that JCuda uses.
 */
public final class Libraries {
    private final List<Path> folders;

    private Libraries(List<Path> folders) {
        this.folders = folders;
    }

    /**
     * @param libraryPath folders, separated as in a PATH; empty for none
     * @param environment of the process
     */
    public static Libraries of(String libraryPath, Map<String, String> environment) {
        Set<Path> folders = new LinkedHashSet<>(paths(libraryPath));
        for (String home : List.of("CUDA_HOME", "CUDA_PATH")) {
            paths(environment.getOrDefault(home, "")).forEach(path -> folders.add(path.resolve("lib64")));
        }
        for (Path bin : paths(environment.getOrDefault("PATH", ""))) {
            folders.addAll(besidePython(bin));
        }
        return new Libraries(List.copyOf(folders));
    }

    /** Where is looked, in this order, before the system's loader is asked. */
    public List<Path> folders() {
        return folders;
    }

    /** A library that was loaded. */
    public record Loaded(String name, String from, SymbolLookup symbols) {}

    /** The first of these sonames that is found and loads; what was found and does not load is passed over. */
    public Optional<Loaded> load(String... sonames) {
        for (Path folder : folders) {
            for (String soname : sonames) {
                Path file = folder.resolve(soname);
                if (Files.exists(file)) {
                    Optional<Loaded> loaded = load(soname, file);
                    if (loaded.isPresent()) {
                        return loaded;
                    }
                }
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
        String names = String.join(", ", sonames);
        return folders.isEmpty()
                ? names + " where the system's loader looks"
                : names + " in "
                        + String.join(", ", folders.stream().map(Path::toString).toList())
                        + " and where the system's loader looks";
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

    private static List<Path> paths(String text) {
        return Stream.of(text.split(java.io.File.pathSeparator))
                .filter(part -> !part.isBlank())
                .map(part -> FileSystems.getDefault().getPath(part.strip()))
                .toList();
    }

    /** Folders with libraries of the Python in a folder of programs, if one is there. */
    private static List<Path> besidePython(Path bin) {
        if (!Files.exists(bin.resolve("python3")) && !Files.exists(bin.resolve("python"))) {
            return List.of();
        }
        List<Path> found = new ArrayList<>();
        Path prefix = bin.toAbsolutePath().normalize().getParent();
        if (prefix != null) {
            for (Path python : children(prefix.resolve("lib"), "python3*")) {
                for (String packages : List.of("site-packages", "dist-packages")) {
                    for (Path part : children(python.resolve(packages).resolve("nvidia"), "*")) {
                        if (Files.isDirectory(part.resolve("lib"))) {
                            found.add(part.resolve("lib"));
                        }
                    }
                }
            }
        }
        return found;
    }

    private static List<Path> children(Path folder, String pattern) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var children = Files.newDirectoryStream(folder, pattern)) {
            List<Path> sorted = new ArrayList<>();
            children.forEach(sorted::add);
            sorted.sort(null);
            return sorted;
        } catch (IOException | UncheckedIOException e) {
            return List.of(); // a folder that may not be read holds nothing for us
        }
    }
}
