package dev.javelin.engine.plugin;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What lies in a plugins folder. */
final class PluginFolder {
    private PluginFolder() {}

    /**
     * One dropped-in plugin.
     *
     * @param path the jar or the folder
     * @param modulePath what its layer is made of: the jar, the jars of the folder, or the folder of one unpacked module
     */
    record Drop(Path path, List<Path> modulePath) {}

    /**
     * The jars and folders, sorted by name; other files and hidden ones do not count. A folder that does not exist holds
     * nothing.
     *
     * @throws JavelinException {@code JVL-PLG-0007} if the folder cannot be read
     */
    static List<Drop> drops(Path folder) {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try {
            List<Drop> drops = new ArrayList<>();
            for (Path path : visible(folder)) {
                if (Files.isDirectory(path)) {
                    drops.add(new Drop(path, modulePath(path)));
                } else if (isJar(path)) {
                    drops.add(new Drop(path, List.of(path)));
                }
            }
            return drops;
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-PLG-0007",
                    "the plugins folder " + folder + " cannot be read: " + e,
                    "make it a folder that this user may read, or remove it",
                    e);
        }
    }

    private static List<Path> modulePath(Path folder) throws IOException {
        if (Files.exists(folder.resolve("module-info.class"))) {
            return List.of(folder);
        }
        return visible(folder).stream().filter(PluginFolder::isJar).toList();
    }

    private static List<Path> visible(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.filter(path -> !path.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isJar(Path path) {
        return path.getFileName().toString().endsWith(".jar");
    }
}
