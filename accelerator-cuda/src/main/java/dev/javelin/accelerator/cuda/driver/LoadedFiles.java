package dev.javelin.accelerator.cuda.driver;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Which files of a library this process has loaded. */
final class LoadedFiles {
    private static final Path MAPS = Path.of("/proc/self/maps");

    private LoadedFiles() {}

    /**
     * Two drivers in one process would each do half of the work: the one whose library was loaded first serves those who
     * ask by soname.
     *
     * @param from a path, or a bare soname
     * @throws JavelinException {@code JVL-CUD-0017} if another file of that name is loaded
     */
    static void requireOnly(String soname, String from) {
        if (!from.contains("/")) {
            return;
        }
        try {
            Path own = Path.of(from).toRealPath();
            List<Path> others;
            try (var lines = Files.lines(MAPS)) {
                others = lines.filter(line -> line.contains("/libcuda.so"))
                        .map(line -> Path.of(line.substring(line.indexOf('/'))))
                        .distinct()
                        .filter(path -> !path.equals(own))
                        .toList();
            }
            if (!others.isEmpty()) {
                throw new JavelinException(
                        "JVL-CUD-0017",
                        "this JVM has loaded " + soname + " from " + others.getFirst() + ", and now one from " + own
                                + " is asked for",
                        "use one accelerator.cuda.libraryPath in a JVM");
            }
        } catch (IOException e) {
            return; // a system that does not tell: then nobody could choose another driver either
        }
    }
}
