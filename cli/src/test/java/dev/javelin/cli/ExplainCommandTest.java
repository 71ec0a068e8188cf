package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("javelin explain")
class ExplainCommandTest {
    private static final String[] SMALL = {
        "explain", "--model", "gpt:layers=2,width=16,heads=2,block=8", "--set", "data.batch=2"
    };

    private static Call explain(String... more) {
        String[] all = java.util.Arrays.copyOf(SMALL, SMALL.length + more.length);
        System.arraycopy(more, 0, all, SMALL.length, more.length);
        return Call.of(all);
    }

    @Test
    @DisplayName("gives every value its bytes and its place, and instructions their unit")
    void explainsValues() {
        JsonNode explanation = explain("--json").json();
        Set<String> units = new HashSet<>();
        for (JsonNode program : explanation.get("programs")) {
            for (JsonNode instruction : program.get("instructions")) {
                units.add(instruction.get("unit").asText());
                for (JsonNode value : instruction.get("outputs")) {
                    boolean temporary = value.get("place").asText().equals("temporaries");
                    long end = value.get("offset").asLong() + value.get("bytes").asLong();
                    assertTrue(
                            !temporary || end <= program.get("temporaryBytes").asLong(), value.toString());
                }
            }
        }
        assertTrue(units.containsAll(Set.of("wte", "h.0", "h.1", "ln_f", "head")), units.toString());
    }

    @Test
    @DisplayName("adds its memory up to the peak")
    void addsUp() {
        JsonNode memory = explain("--json").json().get("memory");
        assertEquals(
                memory.get("peakBytes").asLong(),
                memory.get("residentBytes").asLong()
                        + memory.get("temporaryBytes").asLong());
        long largest = 0;
        for (JsonNode program : explain("--json").json().get("programs")) {
            largest = Math.max(largest, program.get("temporaryBytes").asLong());
        }
        assertEquals(largest, memory.get("temporaryBytes").asLong());
    }

    @Test
    @DisplayName("plans for the null accelerator, which has no memory at all")
    void plansWithoutADevice() {
        Call call = explain("--set", "trainer.accelerator=null", "--json");
        assertEquals(0, call.code(), call.err());
        assertTrue(call.json().get("memory").get("peakBytes").asLong() > 0);
    }

    @Test
    @DisplayName("writes numbers the same way in every locale")
    void ignoresTheLocale() {
        Locale before = Locale.getDefault();
        String plain = explain().out();
        assertTrue(plain.matches("(?s).* \\d+,\\d{3} bytes .*"), plain);
        try {
            Locale.setDefault(Locale.GERMANY);
            assertEquals(plain, explain().out());
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    @DisplayName("shows a program for each kind of micro-batch")
    void showsVariants() {
        Call call = explain("--set", "trainer.accumulate=2", "--set", "data.validation=0");
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("program train.first"), call.out());
        assertTrue(call.out().contains("program train.last"), call.out());
    }

    @Test
    @DisplayName("names the nearest accelerator, exit code 2")
    void refusesUnknownAccelerators() {
        Call call = explain("--set", "trainer.accelerator=cup");
        assertEquals(2, call.code());
        assertTrue(call.err().startsWith("JVL-PLG-0001"), call.err());
        assertTrue(call.err().contains("did you mean 'cpu'?"), call.err());
    }

    @Test
    @DisplayName("refuses options that the accelerator does not have, exit code 2")
    void refusesUnknownAcceleratorOptions() {
        Call call = explain("--set", "accelerator.thread=2");
        assertEquals(2, call.code());
        assertTrue(call.err().startsWith("JVL-CFG-0009"), call.err());
    }
}
