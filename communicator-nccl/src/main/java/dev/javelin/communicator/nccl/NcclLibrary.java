package dev.javelin.communicator.nccl;

import dev.javelin.api.JavelinException;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Finds NCCL: where the option {@code libraryPath} says, and there alone; or in {@code $CUDA_HOME/lib64} and
 * {@code $CUDA_PATH/lib64}, in {@code site-packages/nvidia/nccl/lib} of the Pythons on the {@code PATH}, and by its name,
 * as the system's loader does.
 */
final class NcclLibrary {
    private static final String NAME = "libnccl.so.2";

    private NcclLibrary() {}

    /**
     * Loads it, for the life of the process.
     *
     * @param libraryPath a folder or the file itself; empty to look for it
     * @throws JavelinException {@code JVL-COM-0301} with what was tried, or the version that is too old
     */
    static Nccl load(String libraryPath, Map<String, String> environment) {
        List<String> tried = new ArrayList<>();
        for (String candidate : candidates(libraryPath, environment)) {
            try {
                return current(new Nccl(open(candidate)), candidate);
            } catch (IllegalArgumentException e) {
                tried.add(candidate);
            }
        }
        throw new JavelinException(
                "JVL-COM-0301",
                "no NCCL found; tried " + String.join(", ", tried),
                "install it (package libnccl2, or nvidia-nccl-cu13 of pip), or set communicator.nccl.libraryPath to the"
                        + " folder of its " + NAME);
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
    private static SymbolLookup open(String candidate) {
        return candidate.contains("/")
                ? SymbolLookup.libraryLookup(Path.of(candidate), Arena.global())
                : SymbolLookup.libraryLookup(candidate, Arena.global());
    }

    static List<String> candidates(String libraryPath, Map<String, String> environment) {
        List<String> candidates = new ArrayList<>();
        if (!libraryPath.isEmpty()) {
            Path given = Path.of(libraryPath);
            candidates.add((Files.isDirectory(given) ? given.resolve(NAME) : given).toString());
            return candidates; // what the user names is taken, or refused
        }
        for (String home : List.of("CUDA_HOME", "CUDA_PATH")) {
            String folder = environment.getOrDefault(home, "");
            if (!folder.isEmpty()) {
                add(candidates, Path.of(folder, "lib64", NAME));
            }
        }
        for (String bin : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
            Path prefix = Path.of(bin).getParent();
            if (prefix != null) {
                addOfPython(candidates, prefix.resolve("lib"));
            }
        }
        candidates.add(NAME);
        return candidates;
    }

    private static void addOfPython(List<String> candidates, Path lib) {
        if (!Files.isDirectory(lib)) {
            return;
        }
        try (DirectoryStream<Path> pythons = Files.newDirectoryStream(lib, "python3*")) {
            for (Path python : pythons) {
                for (String packages : new String[] {"site-packages", "dist-packages"}) {
                    add(
                            candidates,
                            python.resolve(packages).resolve("nvidia/nccl/lib").resolve(NAME));
                }
            }
        } catch (IOException e) {
            // A folder that cannot be listed holds nothing for us.
        }
    }

    private static void add(List<String> candidates, Path file) {
        if (Files.isRegularFile(file)) {
            candidates.add(file.toString());
        }
    }
}
