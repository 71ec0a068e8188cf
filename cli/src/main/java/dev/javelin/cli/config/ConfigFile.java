package dev.javelin.cli.config;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/** Reads a YAML file as settings that remember their line. */
public final class ConfigFile {
    private final String source;
    private final List<Setting> settings = new ArrayList<>();

    private ConfigFile(String source) {
        this.source = source;
    }

    /**
     * All scalars of a file, in order.
     *
     * @throws JavelinException {@code JVL-CFG-0040} if it cannot be read, else as {@link #parse}
     */
    public static List<Setting> read(Path file) {
        return parse(file.toString(), text(file));
    }

    /**
     * All scalars of a YAML text, in order.
     *
     * @param source where it comes from, for messages
     * @throws JavelinException {@code JVL-CFG-0041} if it is no YAML, {@code 0043} if it is no mapping or a key has no
     *     value, {@code 0045} if a key is written twice
     */
    public static List<Setting> parse(String source, String text) {
        ConfigFile reader = new ConfigFile(source);
        try {
            LoadSettings settings = LoadSettings.builder().setLabel(source).build();
            Optional<Node> root =
                    new Composer(settings, new ParserImpl(settings, new StreamReader(settings, text))).getSingleNode();
            root.ifPresent(reader::addRoot);
        } catch (MarkedYamlEngineException e) {
            String place = e.getProblemMark().map(reader::place).orElse(source);
            throw notYaml(place + ": " + e.getProblem(), e);
        } catch (YamlEngineException e) {
            throw notYaml(source + ": " + e.getMessage(), e);
        }
        return reader.settings;
    }

    private static JavelinException notYaml(String problem, YamlEngineException cause) {
        return new JavelinException(
                "JVL-CFG-0041", problem, "write YAML: 'key: value' lines, indented by spaces", cause);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw unreadable("config file " + file + " does not exist", e);
        } catch (MalformedInputException e) {
            throw unreadable("config file " + file + " is no UTF-8 text", e);
        } catch (IOException e) {
            throw unreadable("config file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static JavelinException unreadable(String problem, IOException cause) {
        return new JavelinException("JVL-CFG-0040", problem, "name a readable YAML file with --config", cause);
    }

    private void addRoot(Node root) {
        if (root instanceof MappingNode mapping) {
            addMapping("", mapping);
        } else if (!root.getTag().equals(Tag.NULL)) {
            throw wrong(root, "the file is " + kind(root), "write a mapping of keys to values");
        }
    }

    private void add(String key, Node node) {
        switch (node) {
            case MappingNode mapping -> addMapping(key, mapping);
            case SequenceNode sequence -> addSequence(key, sequence);
            case ScalarNode scalar -> addScalar(key, scalar);
            default -> throw wrong(node, key + " is " + kind(node), "write a value");
        }
    }

    private void addMapping(String prefix, MappingNode mapping) {
        Set<String> seen = new HashSet<>();
        for (NodeTuple entry : mapping.getValue()) {
            Node keyNode = entry.getKeyNode();
            if (!(keyNode instanceof ScalarNode scalar)) {
                throw wrong(keyNode, "a key is " + kind(keyNode), "write keys as plain words");
            }
            String key = prefix.isEmpty() ? scalar.getValue() : prefix + "." + scalar.getValue();
            if (!seen.add(key)) {
                throw new JavelinException(
                        "JVL-CFG-0045", place(keyNode) + ": " + key + " is written twice", "keep one of the two");
            }
            add(key, entry.getValueNode());
        }
    }

    /** A list of single values is one setting, with commas between them, so that another source replaces it whole. */
    private void addSequence(String key, SequenceNode sequence) {
        if (sequence.getValue().stream().allMatch(ScalarNode.class::isInstance)) {
            String text = sequence.getValue().stream()
                    .map(item -> ((ScalarNode) item).getValue())
                    .collect(Collectors.joining(", "));
            settings.add(new Setting(key, text, place(sequence)));
            return;
        }
        int index = 0;
        for (Node item : sequence.getValue()) {
            add(key + "[" + index++ + "]", item);
        }
    }

    private void addScalar(String key, ScalarNode scalar) {
        if (scalar.getTag().equals(Tag.NULL)) {
            throw wrong(scalar, key + " has no value", "write one, or remove the key to get its default");
        }
        settings.add(new Setting(key, scalar.getValue(), place(scalar)));
    }

    private JavelinException wrong(Node node, String problem, String remedy) {
        return new JavelinException("JVL-CFG-0043", place(node) + ": " + problem, remedy);
    }

    private static String kind(Node node) {
        return switch (node) {
            case MappingNode mapping -> "a mapping";
            case SequenceNode sequence -> "a list";
            default -> "a single value";
        };
    }

    private String place(Node node) {
        return node.getStartMark().map(this::place).orElse(source);
    }

    private String place(Mark mark) {
        return source + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
    }
}
