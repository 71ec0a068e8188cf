package dev.javelin.spi;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where the native libraries of a vendor may lie: in the places that the user's option {@code libraryPath} names; below the
 * folders that environment variables name; in the packages of the Pythons on the {@code PATH}, where pip puts them. At last
 * the system's loader is asked, by the bare name. An earlier place goes before a later one, and within a place an earlier
 * name before a later one.
 *
 * <p>This only looks. A library is loaded by the module that binds it, because native access is granted to modules. So all
 * plugins that need libraries of one vendor find the same ones, without knowing each other.
 */
public final class LibraryFolders {
    private final List<Path> folders;

    private LibraryFolders(List<Path> folders) {
        this.folders = folders;
    }

    /** NVIDIA's: {@code $CUDA_HOME/lib64}, {@code $CUDA_PATH/lib64} and {@code site-packages/nvidia/.../lib}. */
    public static LibraryFolders nvidia(String libraryPath, Map<String, String> environment) {
        return of(libraryPath, environment, List.of("CUDA_HOME", "CUDA_PATH"), "lib64", "nvidia");
    }

    /** Only the places that a user names, separated as in a PATH. */
    public static LibraryFolders named(String libraryPath) {
        return of(libraryPath, Map.of(), List.of(), "", "");
    }

    /**
     * Those of any vendor.
     *
     * @param libraryPath folders, or files for the folders that they lie in, separated as in a PATH; empty for none
     * @param environment of the process
     * @param homes variables that name folders of the vendor's software
     * @param below the folder of libraries below those
     * @param packages the folder of the vendor's packages below {@code site-packages}; each has its libraries in {@code lib}
     */
    public static LibraryFolders of(
            String libraryPath, Map<String, String> environment, List<String> homes, String below, String packages) {
        Set<Path> folders = new LinkedHashSet<>();
        for (Path path : paths(libraryPath)) {
            Path parent = path.getParent();
            folders.add(parent != null && Files.isRegularFile(path) ? parent : path);
        }
        for (String home : homes) {
            paths(environment.getOrDefault(home, "")).forEach(path -> folders.add(path.resolve(below)));
        }
        for (Path bin : paths(environment.getOrDefault("PATH", ""))) {
            folders.addAll(besidePython(bin, packages));
        }
        return new LibraryFolders(List.copyOf(folders));
    }

    /** Where is looked, in this order, before the system's loader is asked. */
    public List<Path> folders() {
        return folders;
    }

    /** The files of these names that are there, the first choice first. */
    public List<Path> files(String... sonames) {
        return folders.stream()
                .flatMap(folder -> Stream.of(sonames).map(folder::resolve))
                .filter(Files::exists)
                .toList();
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

    private static List<Path> paths(String text) {
        return Stream.of(text.split(File.pathSeparator))
                .filter(part -> !part.isBlank())
                .map(part -> FileSystems.getDefault().getPath(part.strip()))
                .toList();
    }

    /** Folders with libraries of the Python in a folder of programs, if one is there. */
    private static List<Path> besidePython(Path bin, String packages) {
        if (!Files.exists(bin.resolve("python3")) && !Files.exists(bin.resolve("python"))) {
            return List.of();
        }
        List<Path> found = new ArrayList<>();
        Path prefix = bin.toAbsolutePath().normalize().getParent();
        if (prefix != null) {
            for (Path python : children(prefix.resolve("lib"), "python3*")) {
                for (String place : List.of("site-packages", "dist-packages")) {
                    for (Path part : children(python.resolve(place).resolve(packages), "*")) {
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
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder, pattern)) {
            List<Path> sorted = new ArrayList<>();
            children.forEach(sorted::add);
            sorted.sort(null);
            return sorted;
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            return List.of(); // a folder that may not be read holds nothing for us
        }
    }
}
