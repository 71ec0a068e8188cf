package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    @DisplayName("shows the programs of generation over one cache, and counts it")
    void explainsGeneration() {
        JsonNode explanation = explain("--generate", "--json").json();
        Set<String> names = new HashSet<>();
        explanation
                .get("programs")
                .forEach(program -> names.add(program.get("name").asText()));
        assertEquals(Set.of("decode", "prefill.8"), names);
        assertEquals(
                2 * 2 * 8 * 16 * 4, explanation.get("memory").get("stateBytes").asInt(), "keys and values");
        assertTrue(explanation.toString().contains("state h.1.values"));
    }

    @Test
    @DisplayName("shows a Llama's units, and its joined weights as views of their chunk")
    void explainsLlama() {
        Call call = Call.of(
                "explain", "--model=llama:layers=2,width=32,heads=4,kvHeads=2,ff=48,block=8", "--set=data.batch=2");
        assertEquals(0, call.code(), call.err());
        assertTrue(call.out().contains("unit layers.1: layers.1.input_layernorm.weight, layers.1.q_proj.weight"));
        assertTrue(call.out().contains("SwiGlu[]"), call.out());
        assertTrue(call.out().contains("shape=[64, 32]"), "queries, keys and values as one matrix");
        assertFalse(call.out().contains("Concat[dim=0]"), call.out());
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

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "accelerator.cpu.thread=2|JVL-CFG-0009 accelerator.cpu has no option 'thread'",
                "accelerator.cup.threads=2|JVL-PLG-0001 there is no accelerator 'cup' (did you mean 'cpu'?)",
                "accelerator.threads=2|JVL-CFG-0042 --set: unknown key 'accelerator.threads'",
                "strategy.singel.x=2|JVL-PLG-0001 there is no strategy 'singel' (did you mean 'single'?)",
                "strategy.x=2|JVL-CFG-0009 strategy.single has no option 'x'",
            })
    @DisplayName("refuses options of plugins that nobody knows, exit code 2")
    void refusesUnknownOptions(String setting, String error) {
        Call call = explain("--set", setting);
        assertEquals(2, call.code());
        assertTrue(call.err().startsWith(error), call.err());
    }

    @Test
    @DisplayName("hands over the options of the chosen accelerator and leaves those of others alone")
    void leavesOptionsOfOthersAlone() {
        assertEquals(
                explain("--json").out(),
                explain("--json", "--set", "accelerator.null.anything=1").out());
        Call chosen = explain("--json", "--set", "accelerator.cpu.kernels=none");
        assertEquals(2, chosen.code());
        assertTrue(chosen.err().contains("accelerator.cpu.kernels is 'none'"), chosen.err());
    }
}
