package dev.javelin.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("the specification")
class SpecTest {
    private static final List<Chapter<?>> CHAPTERS = Chapters.all();

    @Test
    @DisplayName("says in spec/*.md what the code checks; javelin tck rules --markdown writes it anew")
    void theFilesAreTheCode() throws IOException {
        for (Chapter<?> chapter : CHAPTERS) {
            assertEquals(chapter.markdown(), Files.readString(Path.of("spec", chapter.name() + ".md")), chapter.name());
        }
    }

    @Test
    @DisplayName("states each rule in one sentence and gives its intent")
    void rulesAreSentences() {
        for (Chapter<?> chapter : CHAPTERS) {
            for (Rule<?> rule : chapter.rules()) {
                assertTrue(rule.sentence().endsWith(".") && !rule.sentence().contains(". "), rule.sentence());
                assertTrue(rule.intent().endsWith("."), rule.intent());
            }
        }
    }
}
