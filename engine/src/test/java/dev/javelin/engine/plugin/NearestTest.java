package dev.javelin.engine.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The nearest known word")
class NearestTest {
    private static final List<String> KNOWN = List.of("learningRate", "warmupSteps", "weightDecay");

    @Test
    @DisplayName("forgives a swap, a missing letter, an extra one and the wrong case")
    void forgivesSlips() {
        for (String slip : List.of("learnignRate", "learninRate", "learningRatee", "LEARNINGRATE")) {
            assertEquals(Optional.of("learningRate"), Nearest.of(slip, KNOWN), slip);
        }
    }

    @Test
    @DisplayName("is none if too much differs")
    void findsNothingFarAway() {
        assertEquals(Optional.empty(), Nearest.of("dropout", KNOWN));
        assertEquals("", Nearest.hint("dropout", KNOWN));
    }

    @Test
    @DisplayName("counts a swap of neighbours as one change")
    void countsASwapOnce() {
        assertEquals(1, Nearest.distance("cpu", "cup"));
        assertEquals(3, Nearest.distance("kitten", "sitting"));
        assertEquals(4, Nearest.distance("", "fsdp"));
    }
}
