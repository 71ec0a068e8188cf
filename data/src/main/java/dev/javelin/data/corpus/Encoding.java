package dev.javelin.data.corpus;

import dev.javelin.api.JavelinException;
import dev.javelin.data.arrow.ArrowWriter;
import dev.javelin.data.tokenize.ByteTokenizer;
import dev.javelin.data.tokenize.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Text files to tokens in a file: pieces are read in order, encoded by several threads, and written in order, with the
 * end of text behind each document. A few pieces for each thread are in memory at once.
 */
final class Encoding {
    private static final int PIECES_A_THREAD = 3;
    private static final char REPLACEMENT = '\uFFFD';

    private final Tokenizer tokenizer;
    private final ArrowWriter writer;
    private final PreparationListener listener;
    private final int threads;
    private final boolean bytesAreTokens;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private long documents;
    private long tokens;
    private long bytes;
    private long malformed;

    /** What was made. */
    record Counts(long documents, long tokens, long bytes, long malformed) {}

    /** The tokens of a piece, and how much of it was no UTF-8. */
    private record Encoded(int[] tokens, int bytes, long malformed) {}

    /** A piece that is being encoded. */
    private record Pending(long document, boolean last, Future<Encoded> encoded) {}

    Encoding(Tokenizer tokenizer, ArrowWriter writer, PreparationListener listener, int threads) {
        this.tokenizer = tokenizer;
        this.writer = writer;
        this.listener = listener;
        this.threads = threads;
        bytesAreTokens = tokenizer instanceof ByteTokenizer;
    }

    Counts run(Source source) throws IOException {
        try (ExecutorService workers = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("javelin-tokens-", 0).daemon().factory())) {
            try {
                for (Path file : source.files()) {
                    encode(file, workers);
                }
                while (!pending.isEmpty()) {
                    write(pending.remove());
                }
            } catch (IOException | RuntimeException e) {
                workers.shutdownNow();
                throw e;
            }
        }
        return new Counts(documents, tokens, bytes, malformed);
    }

    private void encode(Path file, ExecutorService workers) throws IOException {
        try (TextPieces pieces = new TextPieces(file)) {
            while (pieces.hasNext()) {
                byte[] piece = pieces.next();
                pending.add(new Pending(documents, !pieces.hasNext(), workers.submit(() -> encoded(piece))));
                if (pending.size() >= threads * PIECES_A_THREAD) {
                    write(pending.remove());
                }
            }
        }
        documents++;
    }

    private Encoded encoded(byte[] piece) {
        if (bytesAreTokens) {
            return new Encoded(tokenizer.encodeUtf8(piece), piece.length, 0);
        }
        String text = new String(piece, StandardCharsets.UTF_8);
        long replaced =
                text.chars().filter(character -> character == REPLACEMENT).count();
        return new Encoded(tokenizer.encode(text), piece.length, replaced == 0 ? 0 : replaced - meant(piece));
    }

    /** How often the text itself has the replacement character: EF BF BD. */
    private static long meant(byte[] piece) {
        long found = 0;
        for (int i = 0; i + 2 < piece.length; i++) {
            if (piece[i] == (byte) 0xEF && piece[i + 1] == (byte) 0xBF && piece[i + 2] == (byte) 0xBD) {
                found++;
            }
        }
        return found;
    }

    private void write(Pending piece) throws IOException {
        Encoded encoded = await(piece.encoded);
        add(piece.document, encoded.tokens);
        OptionalInt end = tokenizer.identity().endOfText();
        if (piece.last && end.isPresent()) {
            add(piece.document, new int[] {end.getAsInt()});
        }
        bytes += encoded.bytes;
        malformed += encoded.malformed;
        listener.onProgress(bytes, tokens);
    }

    private void add(long document, int[] more) throws IOException {
        writer.add(document, more);
        tokens += more.length;
    }

    private static Encoded await(Future<Encoded> encoded) {
        try {
            return encoded.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while text was being tokenised", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof JavelinException known) {
                throw known;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
