package dev.javelin.data.corpus;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Which Arrow files a path stands for, and in which order. */
final class CorpusFiles {
    /** The file of a corpus that Javelin prepared. */
    static final String TOKENS = "tokens.arrow";

    private static final String ENDING = ".arrow";
    /** What the Hugging Face datasets library writes beside its files. */
    private static final String STATE = "state.json";

    private static final String SPLITS = "dataset_dict.json";

    private CorpusFiles() {}

    /** Whether a path is an Arrow file or a folder that holds some, rather than text. */
    static boolean holdTokens(Path path) {
        if (Files.isDirectory(path)) {
            return Files.exists(path.resolve(STATE))
                    || Files.exists(path.resolve(SPLITS))
                    || !arrowFiles(path).isEmpty();
        }
        return path.toString().endsWith(ENDING);
    }

    /**
     * The files of a path that {@link #holdTokens}, in order.
     *
     * @throws JavelinException {@code JVL-DAT-0054} if some are missing, {@code 0082} for a folder of several splits,
     *     {@code 0085} for a dataset with indices
     */
    static List<Path> of(Path path) {
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        if (Files.exists(path.resolve(TOKENS))) {
            return List.of(path.resolve(TOKENS));
        }
        if (Files.exists(path.resolve(SPLITS))) {
            throw new JavelinException(
                    "JVL-DAT-0082",
                    path.toAbsolutePath() + " holds several splits: " + splits(path),
                    "name one of them with data.path, for example " + path.resolve("train")
                            + ", and another with data.validationPath");
        }
        return Files.exists(path.resolve(STATE)) ? saved(path) : arrowFiles(path);
    }

    private static List<String> splits(Path path) {
        List<String> names = new ArrayList<>();
        json(path.resolve(SPLITS)).path("splits").forEach(split -> names.add(split.asText()));
        return names;
    }

    /** What save_to_disk wrote, by its list. */
    private static List<Path> saved(Path folder) {
        JsonNode state = json(folder.resolve(STATE));
        if (!state.path("_indices_data_files").isEmpty()) {
            throw new JavelinException(
                    "JVL-DAT-0085",
                    folder.toAbsolutePath()
                            + " is a dataset with a table of indices: its files hold other rows than it",
                    "call flatten_indices() before save_to_disk");
        }
        List<Path> files = new ArrayList<>();
        for (JsonNode file : state.path("_data_files")) {
            Path path = folder.resolve(file.path("filename").asText());
            if (!Files.exists(path)) {
                throw missing(path, folder.resolve(STATE));
            }
            files.add(path);
        }
        if (files.isEmpty()) {
            throw missing(folder.resolve("data-00000-of-00001.arrow"), folder.resolve(STATE));
        }
        return files;
    }

    private static List<Path> arrowFiles(Path folder) {
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(child -> child.toString().endsWith(ENDING))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    private static JsonNode json(Path file) {
        try {
            return new ObjectMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static JavelinException unreadable(Path path, IOException cause) {
        return new JavelinException(
                "JVL-DAT-0002",
                "cannot read " + path.toAbsolutePath() + ": " + cause,
                "check that the path is a file or folder and that you have the right to read it",
                cause);
    }

    private static JavelinException missing(Path file, Path list) {
        return new JavelinException(
                "JVL-DAT-0054",
                "there is no " + file.toAbsolutePath() + ", which " + list.getFileName() + " lists",
                "copy the whole folder again");
    }
}
