package dev.javelin.data.corpus;

import dev.javelin.api.JavelinException;
import dev.javelin.data.TextFiles;
import dev.javelin.data.arrow.ArrowWriter;
import dev.javelin.data.tokenize.JsonTokenizer;
import dev.javelin.data.tokenize.Tokenizer;
import dev.javelin.data.tokenize.TokenizerIdentity;
import dev.javelin.data.tokenize.Tokenizers;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Text to a corpus: tokenised once, into a folder with {@code tokens.arrow}, {@code corpus.json} and, for a tokenizer.json,
 * a copy of it. A folder that is current is used again. The folder gets its name last, so that a run that was killed leaves
 * none; what it left goes with the next one. Of several that prepare the same corpus, one does and the others wait.
 *
 * @param text a file, or a folder whose text files are taken, each as a document
 * @param tokens {@code bytes}, {@code gpt2}, or the path of a tokenizer.json
 * @param out folder of the corpus
 * @param threads that tokenise, at least 1
 * @param replace whether a corpus of another text or tokenizer in the folder is replaced
 */
public record Preparation(Path text, String tokens, Path out, int threads, boolean replace) {
    private static final int BATCH_TOKENS = 1 << 20;

    /** The corpus, and whether it was there already. */
    public record Prepared(Path folder, CorpusManifest manifest, boolean reused) {}

    /**
     * Makes sure that the corpus is there and current.
     *
     * @throws JavelinException {@code JVL-DAT-0001} to {@code 0003} for text that is missing, unreadable or empty, {@code
     *     0050} to {@code 0052} for the tokenizer, {@code 0080} if the folder holds something else, {@code 0083} if it
     *     cannot be written
     */
    public Prepared run(PreparationListener listener) {
        Path folder = out.toAbsolutePath().normalize();
        requireOutside(folder);
        TokenizerIdentity identity = Tokenizers.identity(tokens);
        if (!Files.exists(text)) {
            TextFiles.find(text); // says so, before a file is left beside a corpus that there will not be
        }
        try {
            Files.createDirectories(parent(folder));
            try (CorpusLock lock = CorpusLock.acquire(beside(folder, "lock"), () -> listener.onWaiting(folder))) {
                return locked(folder, identity, listener);
            }
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-DAT-0083",
                    "cannot write the corpus " + folder + ": " + e,
                    "free space there, or give a folder that you may write to (data prepare --out, data.cache)",
                    e);
        }
    }

    /** With the lock held. */
    private Prepared locked(Path folder, TokenizerIdentity identity, PreparationListener listener) throws IOException {
        Path partial = beside(folder, "partial");
        Path replaced = beside(folder, "replaced");
        delete(partial);
        delete(replaced);
        Source source = Source.of(text);
        Optional<CorpusManifest> there = CorpusManifest.read(folder);
        if (there.isPresent()) {
            requireReplaceable(folder, identity, there.get());
            if (isOf(identity, there.get()) && there.get().stamp().equals(source.stamp())) {
                return new Prepared(folder, there.get(), true);
            }
        } else {
            requireFree(folder);
        }
        String sha256 = source.sha256OfContent();
        if (there.isPresent()
                && isOf(identity, there.get())
                && there.get().sha256().equals(sha256)) {
            CorpusManifest touched = there.get().withStamp(source.stamp());
            touched.write(folder);
            return new Prepared(folder, touched, true);
        }
        Files.createDirectory(partial);
        CorpusManifest manifest;
        try {
            manifest = write(partial, source, sha256, listener);
        } catch (IOException | RuntimeException e) {
            delete(partial);
            throw e;
        }
        if (Files.exists(folder)) {
            Files.move(folder, replaced, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
        sync(parent(folder));
        delete(replaced);
        return new Prepared(folder, manifest, false);
    }

    private CorpusManifest write(Path folder, Source source, String sha256, PreparationListener listener)
            throws IOException {
        try (Tokenizer tokenizer = Tokenizers.open(tokens);
                ArrowWriter writer = new ArrowWriter(
                        folder.resolve(CorpusFiles.TOKENS),
                        tokenizer.vocabulary(),
                        Identities.metadata(tokenizer.identity(), sha256),
                        BATCH_TOKENS)) {
            if (tokenizer.identity().name().equals(JsonTokenizer.NAME)) {
                Files.copy(Tokenizers.file(tokens), folder.resolve(Tokenizers.FILE));
            }
            listener.onStart(source.files().size(), source.bytes());
            Encoding.Counts counts = new Encoding(tokenizer, writer, listener, threads).run(source);
            writer.finish();
            CorpusManifest manifest = new CorpusManifest(
                    tokenizer.identity(),
                    text.toAbsolutePath().normalize().toString(),
                    source.stamp(),
                    sha256,
                    counts.documents(),
                    counts.bytes(),
                    counts.tokens(),
                    counts.malformed());
            manifest.write(folder);
            sync(folder);
            return manifest;
        }
    }

    private boolean isOf(TokenizerIdentity identity, CorpusManifest manifest) {
        return manifest.tokenizer().equals(identity)
                && manifest.source().equals(text.toAbsolutePath().normalize().toString());
    }

    private void requireReplaceable(Path folder, TokenizerIdentity identity, CorpusManifest there) {
        if (!replace && !isOf(identity, there)) {
            throw new JavelinException(
                    "JVL-DAT-0080",
                    folder + " holds a corpus of " + there.source() + " in tokens of "
                            + there.tokenizer().shown(),
                    "give another folder with --out, or replace it with --overwrite");
        }
    }

    private static void requireFree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        boolean free = false;
        if (Files.isDirectory(folder)) {
            try (Stream<Path> children = Files.list(folder)) {
                free = children.findAny().isEmpty();
            }
        }
        if (!free) {
            throw new JavelinException(
                    "JVL-DAT-0080",
                    folder + " is there already, and is no corpus",
                    "give a folder that is new or empty");
        }
    }

    private void requireOutside(Path folder) {
        Path source = text.toAbsolutePath().normalize();
        if (folder.equals(source) || Files.isDirectory(source) && folder.startsWith(source)) {
            throw new JavelinException(
                    "JVL-DAT-0080",
                    "the corpus " + folder + " would lie among the text that it is made of, " + source,
                    "give a folder outside of it with --out");
        }
    }

    private static Path beside(Path folder, String what) {
        return folder.resolveSibling("." + folder.getFileName() + "." + what);
    }

    private static Path parent(Path folder) {
        Path parent = folder.getParent();
        return parent == null ? folder : parent;
    }

    /** Makes the names in a folder durable. */
    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(folder)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }
}
