package dev.javelin.data.tokenize;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Any tokenizer in the form of Hugging Face's {@code tokenizer.json}, run by their library. The token for the end of a
 * text is the first of {@link #END_OF_TEXT} that the file lists among its added tokens.
 */
public final class JsonTokenizer implements Tokenizer {
    /** The name in files. */
    public static final String NAME = "json";

    /** Names of the end of a text, as GPT-2, Llama 3, Llama 2, Gemma, Qwen and BERT have them. */
    public static final List<String> END_OF_TEXT =
            List.of("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<|eos|>", "[SEP]");

    private static final char REPLACEMENT = '\uFFFD';
    /** A character has at most four bytes, and no tokenizer makes more tokens of it; what is longer is no UTF-8. */
    private static final int MOST_PENDING = 8;

    private final TokenizerIdentity identity;
    private final long handle;

    private JsonTokenizer(TokenizerIdentity identity, long handle) {
        this.identity = identity;
        this.handle = handle;
    }

    /**
     * Reads a tokenizer.json.
     *
     * @throws JavelinException {@code JVL-DAT-0050} if it cannot be read, {@code 0051} if it is no tokenizer, {@code 0052}
     *     if the native library does not load
     */
    public static JsonTokenizer open(Path file) {
        byte[] content = read(file);
        TokenizerIdentity identity = identity(content, file);
        try {
            long handle = NativeTokenizer.create(new String(content, StandardCharsets.UTF_8));
            NativeTokenizer.neitherCutNorPad(handle);
            return new JsonTokenizer(identity, handle);
        } catch (JavelinException e) {
            throw e;
        } catch (RuntimeException e) {
            throw malformed(file, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * What a tokenizer.json says of itself, without the native library.
     *
     * @throws JavelinException {@code JVL-DAT-0050} if it cannot be read, {@code 0051} if it is no tokenizer
     */
    public static TokenizerIdentity identity(Path file) {
        return identity(read(file), file);
    }

    static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new JavelinException(
                    "JVL-DAT-0050",
                    "cannot read the tokenizer " + file.toAbsolutePath() + ": " + e,
                    "let data.tokens be bytes, gpt2 or the path of a tokenizer.json",
                    e);
        }
    }

    static TokenizerIdentity identity(byte[] content, Path file) {
        JsonNode root;
        try {
            root = new ObjectMapper().readTree(content);
        } catch (JsonProcessingException e) {
            throw malformed(file, e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw malformed(file, String.valueOf(e.getMessage()), e);
        }
        int most = -1;
        JsonNode vocabulary = root.path("model").path("vocab");
        if (vocabulary.isArray()) {
            most = vocabulary.size() - 1; // Unigram: a list, the place is the id
        }
        for (JsonNode id : vocabulary.isObject() ? vocabulary : List.<JsonNode>of()) {
            most = Math.max(most, id.asInt(-1));
        }
        OptionalInt end = OptionalInt.empty();
        int best = END_OF_TEXT.size();
        for (JsonNode added : root.path("added_tokens")) {
            int id = added.path("id").asInt(-1);
            most = Math.max(most, id);
            int rank = END_OF_TEXT.indexOf(added.path("content").asText());
            if (rank >= 0 && rank < best) {
                best = rank;
                end = OptionalInt.of(id);
            }
        }
        if (most < 0) {
            throw malformed(file, "it has no vocabulary (model.vocab)", null);
        }
        return new TokenizerIdentity(NAME, most + 1, end, sha256(content));
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }

    static JavelinException malformed(Path file, String why, @Nullable Exception cause) {
        String problem = file.toAbsolutePath() + " is no tokenizer: " + why;
        String remedy = "give a tokenizer.json as Hugging Face's tokenizers library writes it (tokenizer.save, or"
                + " save_pretrained of a fast tokenizer)";
        return cause == null
                ? new JavelinException("JVL-DAT-0051", problem, remedy)
                : new JavelinException("JVL-DAT-0051", problem, remedy, cause);
    }

    @Override
    public TokenizerIdentity identity() {
        return identity;
    }

    @Override
    public int[] encode(String text) {
        long[] ids = NativeTokenizer.encode(handle, text);
        int[] tokens = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            tokens[i] = (int) ids[i];
        }
        return tokens;
    }

    /** The whole text at once: a library decoder may treat the first token apart. */
    @Override
    public String decode(int... tokens) {
        long[] ids = new long[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            ids[i] = require(tokens[i]);
        }
        return NativeTokenizer.decode(handle, ids);
    }

    private int require(int token) {
        if (token < 0 || token >= vocabulary()) {
            throw new IllegalArgumentException("the tokenizer has no token " + token);
        }
        return token;
    }

    @Override
    public TextStream stream() {
        return new Growing();
    }

    /**
     * The library decodes whole texts only: a few tokens are decoded again with each new one, and what is longer than
     * before is new. Text that ends in U+FFFD waits for the rest of its character.
     */
    private final class Growing implements TextStream {
        private final List<Integer> tokens = new ArrayList<>();
        private int shown;

        @Override
        public String add(int token) {
            tokens.add(require(token));
            boolean waits = tokens.size() - shown < MOST_PENDING;
            return news(waits);
        }

        @Override
        public String end() {
            String rest = tokens.size() == shown ? "" : news(false);
            tokens.clear();
            shown = 0;
            return rest;
        }

        private String news(boolean waits) {
            String before = text(shown);
            String now = text(tokens.size());
            boolean incomplete = !now.isEmpty() && now.charAt(now.length() - 1) == REPLACEMENT;
            if (now.length() < before.length() || waits && incomplete) {
                return "";
            }
            // The last shown tokens stay as context: some decoders add a space between two, or drop the first one's.
            tokens.subList(0, shown).clear();
            shown = tokens.size();
            return now.substring(before.length());
        }

        private String text(int count) {
            return decode(tokens.subList(0, count).stream()
                    .mapToInt(Integer::intValue)
                    .toArray());
        }
    }

    @Override
    public void close() {
        NativeTokenizer.delete(handle);
    }
}
