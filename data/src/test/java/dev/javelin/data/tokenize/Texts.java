package dev.javelin.data.tokenize;

import dev.javelin.data.BundledText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Texts of many kinds, on which tokenizers are compared. */
public final class Texts {
    private Texts() {}

    /** Written by hand: words, contractions, numbers, scripts, signs, white space of all kinds, code. */
    public static List<String> written() {
        return List.of(
                "",
                " ",
                "Call me Ishmael. Some years ago—never mind how long precisely—",
                "I'm you're we've they'll he'd it's don't I'M YOU'RE 'tis ''s '' ' s",
                "1 12 123 1234 12345.678e-9 ½ ² ٣٤٥ 一二三 Ⅷ",
                "a  b   c    d\te\t\tf\n\ng\n\n\nh\r\ni \n j\n \n k \t\n l  ",
                "   leading\n\n   and trailing   \n\n",
                "naïve café résumé Ångström Straße ĳ ﬁ e\u0301 o\u0308\u0323",
                "Привет, мир! Γειά σου Κόσμε. שלום עולם مرحبا بالعالم नमस्ते दुनिया สวัสดีชาวโลก 你好，世界。こんにちは 안녕하세요",
                "😀😃😄 👩‍👩‍👧‍👦 🇩🇪🇫🇷 👍🏽 ❤️ ✈︎ 🏳️‍🌈 𝕳𝖊𝖑𝖑𝖔 𐍈 \uD83E\uDD8A",
                "for (int i = 0; i < n; i++) {\n\treturn a[i] ^ ~b | (c & 0xFF); // ok\n}\n/* x */ #include <stdio.h>",
                "{\"key\": [1, 2.5, null, true], \"nested\": {\"a\\n\": \"\\u00e9\"}}",
                "https://example.org/path?q=1&r=%20#frag user@example.org $x+y=z$ \\frac{1}{2}",
                "<|endoftext|>",
                "one<|endoftext|>two <|endoftext|> three<|endoftext|><|endoftext|>\n<|endoftext",
                "\u00A0nbsp\u2003em\u3000ideographic\u200Bzero\u2028line\u2029para\u0085next\u000Bvt\fff\u001Cfs",
                "!!!!!!!! -------- ======== ........ ????? **** ____ ~~~~ ####",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                " \u0000 nul \u0001\u0002\u007F\uFFFD\uFEFF");
    }

    /** All of the above, a part of the bundled book, and random ones. */
    public static List<String> all(long seed) {
        List<String> texts = new ArrayList<>(written());
        texts.add(book(200_000));
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            texts.add(bytes(random, 1 + random.nextInt(400)));
            texts.add(mixed(random, 1 + random.nextInt(60)));
        }
        return texts;
    }

    /** The beginning of the bundled book. */
    public static String book(int bytes) {
        try (var book = BundledText.mobyDick()) {
            byte[] content = new byte[bytes];
            int[] tokens = new int[bytes];
            book.read(0, bytes, java.lang.foreign.MemorySegment.ofArray(tokens));
            for (int i = 0; i < bytes; i++) {
                content[i] = (byte) tokens[i];
            }
            return new String(content, StandardCharsets.UTF_8);
        }
    }

    /** Random bytes, read as UTF-8. */
    static String bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Pieces of the written texts, cut anywhere but within a character, and put together anew. */
    static String mixed(Random random, int pieces) {
        List<String> written = written();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pieces; i++) {
            int[] characters =
                    written.get(random.nextInt(written.size())).codePoints().toArray();
            if (characters.length > 0) {
                int from = random.nextInt(characters.length);
                int count = Math.min(characters.length - from, random.nextInt(8));
                text.append(new String(characters, from, count));
            }
        }
        return text.toString();
    }
}
