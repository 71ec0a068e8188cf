package dev.javelin.data.tokenize;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The files by which Hugging Face's transformers know a model's tokenizer: {@code tokenizer.json} and {@code
 * tokenizer_config.json}; of GPT-2 also {@code vocab.json} and {@code merges.txt}.
 */
public final class TokenizerFiles {
    private static final String CONFIG = "tokenizer_config.json";
    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final String VERSION = "#version";

    private TokenizerFiles() {}

    /**
     * The files of a tokenizer.
     *
     * @param folder that holds the tokenizer.json of a {@code json} tokenizer, which goes out as it is
     * @param longest text, in tokens, that the model takes
     * @return content by name; nothing for {@code ids}, whose tokenizer nobody knows
     * @throws JavelinException {@code JVL-DAT-0050} to {@code 0053} if its tokenizer.json is missing, damaged or another
     */
    public static SequencedMap<String, byte[]> of(TokenizerIdentity identity, Path folder, long longest) {
        SequencedMap<String, byte[]> files = new LinkedHashMap<>();
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("tokenizer_class", "PreTrainedTokenizerFast");
        switch (identity.name()) {
            case ByteTokenizer.NAME ->
                files.put(Tokenizers.FILE, bytes(ByteLevelTable.bytes().json()));
            case Gpt2Tokenizer.NAME -> {
                ByteLevelTable table = ByteLevelTable.gpt2();
                files.put(Tokenizers.FILE, bytes(table.json()));
                files.put(VOCABULARY, bytes(table.vocabulary()));
                files.put(MERGES, merges(table));
                config.put("tokenizer_class", "GPT2Tokenizer");
                config.put("add_prefix_space", false);
                List.of("bos_token", "eos_token", "unk_token")
                        .forEach(key -> config.put(key, Gpt2Tokenizer.END_OF_TEXT));
            }
            case JsonTokenizer.NAME -> {
                byte[] json = same(identity, folder);
                files.put(Tokenizers.FILE, json);
                endOfText(identity, json).ifPresent(token -> config.put("eos_token", token));
            }
            default -> {
                return files;
            }
        }
        config.put("model_max_length", longest);
        config.put("clean_up_tokenization_spaces", false);
        files.put(CONFIG, bytes(config));
        return files;
    }

    private static byte[] bytes(Object tree) {
        try {
            return new ObjectMapper().writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // texts and numbers can be written
        }
    }

    private static byte[] merges(ByteLevelTable table) {
        String text = VERSION + ": 0.2\n" + String.join("\n", table.merges()) + "\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The tokenizer.json of a folder that holds a model with this tokenizer.
     *
     * @return empty for a tokenizer without such a file
     * @throws JavelinException {@code JVL-DAT-0050}, {@code 0051} or {@code 0053} if it is missing, damaged or another
     */
    public static Optional<byte[]> own(TokenizerIdentity identity, Path folder) {
        return identity.name().equals(JsonTokenizer.NAME) ? Optional.of(same(identity, folder)) : Optional.empty();
    }

    /** The tokenizer.json of a folder, if it is the one that is expected. */
    private static byte[] same(TokenizerIdentity identity, Path folder) {
        Path file = folder.resolve(Tokenizers.FILE);
        byte[] json = JsonTokenizer.read(file);
        TokenizerIdentity found = JsonTokenizer.identity(json, file);
        if (!found.equals(identity)) {
            throw Tokenizers.changed(identity, found, folder.toString());
        }
        return json;
    }

    private static Optional<String> endOfText(TokenizerIdentity identity, byte[] json) {
        try {
            for (JsonNode token : new ObjectMapper().readTree(json).path("added_tokens")) {
                if (identity.endOfText().isPresent()
                        && token.path("id").asInt() == identity.endOfText().getAsInt()) {
                    return Optional.of(token.path("content").asText());
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException(e); // it was read before
        }
    }

    /**
     * The tokenizer in a model's folder: tokenizer.json, or GPT-2's vocab.json and merges.txt. One whose tokens are those of
     * GPT-2, or bytes, is the one that Javelin has.
     *
     * @return empty if there is none, or none that can be used
     * @throws JavelinException {@code JVL-DAT-0050} to {@code 0052} if its tokenizer.json is damaged
     */
    public static Optional<FoundTokenizer> find(Path folder) {
        Path json = folder.resolve(Tokenizers.FILE);
        if (Files.exists(json)) {
            return Optional.of(read(json));
        }
        Path vocabulary = folder.resolve(VOCABULARY);
        Path merges = folder.resolve(MERGES);
        boolean gpt2 = Files.exists(vocabulary)
                && Files.exists(merges)
                && ByteLevelTable.gpt2().equals(tree(JsonTokenizer.read(vocabulary), vocabulary), lines(merges));
        return gpt2 ? Optional.of(FoundTokenizer.known(Gpt2Tokenizer.IDENTITY)) : Optional.empty();
    }

    /**
     * The tokenizer that a setting names.
     *
     * @param tokens {@code bytes}, {@code gpt2}, the path of a tokenizer.json or of a folder with one
     * @throws JavelinException as {@link Tokenizers#open(String)}
     */
    public static FoundTokenizer named(String tokens) {
        return switch (tokens) {
            case ByteTokenizer.NAME, Gpt2Tokenizer.NAME -> FoundTokenizer.known(Tokenizers.identity(tokens));
            default -> read(Tokenizers.file(tokens));
        };
    }

    private static FoundTokenizer read(Path file) {
        byte[] content = JsonTokenizer.read(file);
        TokenizerIdentity identity = JsonTokenizer.identity(content, file);
        int words = identity.vocabulary();
        if (words == ByteTokenizer.VOCABULARY && ByteLevelTable.bytes().equals(tree(content, file))) {
            return FoundTokenizer.known(Tokenizers.identity(ByteTokenizer.NAME));
        }
        if (words == Gpt2Tokenizer.VOCABULARY && ByteLevelTable.gpt2().equals(tree(content, file))) {
            return FoundTokenizer.known(Gpt2Tokenizer.IDENTITY);
        }
        JsonTokenizer.open(file).close(); // the library has to take it too
        return new FoundTokenizer(identity, Optional.of(content));
    }

    private static JsonNode tree(byte[] content, Path file) {
        try {
            return new ObjectMapper().readTree(content);
        } catch (IOException e) {
            throw JsonTokenizer.malformed(file, String.valueOf(e.getMessage()), e);
        }
    }

    private static List<String> lines(Path merges) {
        return new String(JsonTokenizer.read(merges), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith(VERSION) && !line.isBlank())
                .toList();
    }
}
