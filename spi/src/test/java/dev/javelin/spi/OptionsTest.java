package dev.javelin.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OptionsTest {
    private final Options options = new Options(
            "accelerator.cpu", Map.of("threads", " 4 ", "kernels", "fast", "decompose", "true", "speed", "fsat"));

    private static JavelinException refused(Runnable action) {
        return assertThrows(JavelinException.class, action::run);
    }

    @Test
    void valuesAreReadByType() {
        assertEquals(4, options.integer("threads", 1, 1, 8));
        assertEquals("fast", options.text("kernels", "reference"));
        assertTrue(options.flag("decompose", false));
    }

    private enum Kernels {
        FAST,
        REFERENCE
    }

    @Test
    void aChoiceIsOneOfTheNamesInLowerCase() {
        assertEquals(Kernels.FAST, options.choice("kernels", Kernels.REFERENCE));
        assertEquals(Kernels.REFERENCE, options.choice("nothing", Kernels.REFERENCE));
        JavelinException error = refused(() -> options.choice("speed", Kernels.FAST));
        assertEquals("JVL-CFG-0008", error.code());
        assertTrue(error.getMessage().contains("accelerator.cpu.speed is 'fsat'"), error.getMessage());
        assertTrue(error.remedy().contains("[fast, reference]"), error.remedy());
    }

    @Test
    void absentValuesFallBack() {
        assertEquals(7, options.integer("nothing", 7, 1, 8));
        assertEquals("x", options.text("nothing", "x"));
        assertTrue(options.flag("nothing", true));
    }

    @Test
    void illFormedValuesAreRefusedWithWhatWasWrittenAndWhatMayBe() {
        JavelinException error = refused(() -> options.integer("kernels", 1, 1, 8));
        assertEquals("JVL-CFG-0008", error.code());
        assertTrue(error.getMessage().contains("accelerator.cpu.kernels is 'fast'"), error.getMessage());
        assertTrue(error.remedy().contains("1 to 8"), error.remedy());
        assertEquals(
                "JVL-CFG-0008",
                refused(() -> options.integer("threads", 1, 1, 3)).code());
        assertEquals(
                "JVL-CFG-0008", refused(() -> options.flag("kernels", true)).code());
    }

    @Test
    void unknownOptionsAreRefusedWithTheKnownOnes() {
        JavelinException error = refused(() -> options.requireKnown(List.of("threads", "kernels", "decompose")));
        assertEquals("JVL-CFG-0009", error.code());
        assertTrue(error.getMessage().contains("'speed'"), error.getMessage());
        assertTrue(error.remedy().contains("decompose, kernels, threads"), error.remedy());
    }
}
