package dev.javelin.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Stop texts")
class StopTextsTest {

    @Test
    @DisplayName("let everything through at once if there are none")
    void none() {
        StopTexts stops = new StopTexts(List.of());
        assertEquals("abc", stops.add("abc"));
        assertEquals("", stops.end());
        assertFalse(stops.found());
    }

    @Test
    @DisplayName("end a text before them, in whatever parts it comes")
    void ends() {
        for (String[] parts : new String[][] {{"one END two"}, {"one E", "ND two"}, {"one ", "E", "N", "D", " two"}}) {
            StopTexts stops = new StopTexts(List.of("END"));
            StringBuilder text = new StringBuilder();
            for (String part : parts) {
                text.append(stops.add(part));
            }
            text.append(stops.end());
            assertEquals("one ", text.toString());
            assertTrue(stops.found());
        }
    }

    @Test
    @DisplayName("give back what only looked like their beginning")
    void looksAlike() {
        StopTexts stops = new StopTexts(List.of("aab", "\n\n"));
        assertEquals("x", stops.add("xaa"));
        assertEquals("a", stops.add("a"));
        assertEquals("aa-", stops.add("-"));
        assertEquals("", stops.add("\n"));
        assertEquals("\n", stops.end());
        assertFalse(stops.found());
    }

    @Test
    @DisplayName("end at the one that comes first")
    void first() {
        StopTexts stops = new StopTexts(List.of("late", "early"));
        assertEquals("so ", stops.add("so early or late"));
        assertEquals("", stops.add("more"));
    }
}
