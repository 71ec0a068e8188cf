package dev.javelin.tck;

import dev.javelin.engine.plugin.PluginEntry;
import dev.javelin.spi.PluginProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which plugin it was.
 *
 * @param kind for example {@code communicator}
 * @param module name of its module; empty if it is none
 * @param version of its module; empty if it has none
 * @param file name of the jar or folder it came from; empty if unknown
 * @param sha256 of the jar, or of the names and contents of a folder's files; empty if unknown
 */
public record PluginFacts(String kind, String name, String module, String version, String file, String sha256) {

    /** The facts of a plugin that a registry has found. */
    public static PluginFacts of(PluginEntry entry) {
        Path path = Path.of(entry.location());
        boolean there = !entry.location().isEmpty() && Files.exists(path);
        String kind = entry.kind() == null ? "unknown" : entry.kind().label();
        return new PluginFacts(
                kind,
                entry.name(),
                entry.module(),
                entry.version(),
                there ? name(path) : "",
                there ? sha256(path) : "");
    }

    /** The facts of a provider that the caller made, as a vendor's tests do. */
    public static PluginFacts of(String kind, PluginProvider provider) {
        Module module = provider.getClass().getModule();
        String version = module.getDescriptor() == null
                ? ""
                : module.getDescriptor().rawVersion().orElse("");
        CodeSource source = provider.getClass().getProtectionDomain().getCodeSource();
        URI uri = source == null || source.getLocation() == null
                ? URI.create("none:")
                : URI.create(source.getLocation().toString());
        boolean there = "file".equals(uri.getScheme());
        return new PluginFacts(
                kind,
                String.valueOf(provider.name()),
                module.isNamed() ? module.getName() : "",
                version,
                there ? name(Path.of(uri)) : "",
                there ? sha256(Path.of(uri)) : "");
    }

    private static String name(Path path) {
        Path name = path.getFileName();
        return name == null ? path.toString() : name.toString();
    }

    private static String sha256(Path path) {
        try (Stream<Path> walk = Files.walk(path)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            List<Path> files = walk.filter(Files::isRegularFile).sorted().toList();
            for (Path file : files) {
                if (!file.equals(path)) {
                    digest.update(path.relativize(file).toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
                }
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
