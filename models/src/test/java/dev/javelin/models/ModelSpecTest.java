package dev.javelin.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSpecTest {

    @Test
    void aSpecSetsWhatItNamesAndKeepsTheFamilysDefaults() {
        assertEquals(
                new GptSpec(6, 384, 6, 65, 256, false, 0),
                ModelSpec.parse("gpt:layers=6,width=384,heads=6,vocab=65,block=256"));
        assertEquals(new GptSpec(2, 128, 4, 256, 128, false, 0), ModelSpec.parse("gpt:layers=2"));
        assertEquals(new MlpSpec(MlpSpec.Task.CLASSIFICATION, 5, 0, 1, 64), ModelSpec.parse("mlp:features=5"));
        assertEquals(GptSpec.standard(), ModelSpec.parse("gpt"));
    }

    @Test
    void namesStandForTheirSpecs() {
        assertEquals(new GptSpec(4, 128, 4, 256, 128, false, 0), ModelSpec.parse("small"));
        assertEquals(new GptSpec(6, 384, 6, 65, 256, true, 0), ModelSpec.parse("baby"));
        assertEquals(new GptSpec(12, 768, 12, 50257, 1024, true, 0), ModelSpec.parse("gpt2-124m"));
        assertEquals(12, ModelPreset.of("baby").batch());
        assertEquals(256, ModelPreset.of("baby").block());
        assertEquals(16, ModelPreset.of("small").batch());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt:layers=6,width=384,heads=6,vocab=65,block=256",
                "gpt:layers=6,width=384,heads=6,vocab=65,block=256,tied=true",
                "gpt:layers=6,width=384,heads=6,vocab=65,block=256,tied=true,dropout=0.1",
                "llama:layers=6,width=384,heads=6,kvHeads=2,ff=1024,vocab=65,block=256",
                "llama:layers=6,width=384,heads=6,kvHeads=2,ff=1024,vocab=65,block=256,tied=true,dropout=0.1,"
                        + "ropeBase=500000.0,epsilon=1.0E-6",
                "mlp:features=8,classes=3,layers=2,width=64",
                "mlp:layers=2,width=64",
                "mlp:task=regression,features=8,layers=2,width=64"
            })
    void theCanonicalTextReadsBackAsItself(String text) {
        assertEquals(text, ModelSpec.parse(text).text());
    }

    @Test
    void aLlamaOfOtherHeadsOrWidthGetsTheUsualKeyHeadsAndInnerWidthUnlessTheyAreGiven() {
        LlamaSpec spec = (LlamaSpec) ModelSpec.parse("llama:width=4096,heads=32");
        assertEquals(32, spec.kvHeads());
        assertEquals(10_944, spec.ff());
        assertEquals(spec, ModelSpec.of("llama", spec.settings()));
        LlamaSpec grouped = (LlamaSpec) ModelSpec.parse("llama:kvHeads=8,ff=100,width=4096,heads=32");
        assertEquals(8, grouped.kvHeads());
        assertEquals(100, grouped.ff());
    }

    @Test
    void orderSpacesAndRepeatedDefaultsMakeNoDifference() {
        assertEquals(
                "gpt:layers=2,width=64,heads=2,vocab=256,block=128",
                ModelSpec.parse("gpt: heads=2, width=64 ,layers=2,tied=false,dropout=0")
                        .text());
    }

    @Test
    void settingsOfTheConfigChangeASpec() {
        ModelSpec spec = ModelSpec.parse("baby").with(Map.of("block", "64", "dropout", "0.2"));
        assertEquals(new GptSpec(6, 384, 6, 65, 64, true, 0.2), spec);
        assertEquals(spec, ModelSpec.of(spec.family(), spec.settings()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "smal                      | JVL-CFG-0020 | Did you mean 'small'",
                "gtp:layers=2              | JVL-CFG-0020 | Did you mean 'gpt'",
                "rnn-with-attention        | JVL-CFG-0020 | Use one of baby, gpt, gpt-1.3b, gpt2-124m, llama, llama-baby, llama-small, llama2-7b, llama3-8b, mlp",
                "gpt:layer=2               | JVL-CFG-0021 | Did you mean 'layers'",
                "gpt:flavour=2             | JVL-CFG-0021 | Use one of block, dropout, heads",
                "gpt:layers                | JVL-CFG-0022 | not of the form key=value",
                "gpt:layers=               | JVL-CFG-0022 | not of the form key=value",
                "gpt:layers=2,,width=4     | JVL-CFG-0022 | not of the form key=value",
                "gpt:layers=2,layers=3     | JVL-CFG-0023 | 'layers' is given twice",
                "gpt:layers=two            | JVL-CFG-0024 | model.layers is 'two'. Use a whole number",
                "gpt:layers=0              | JVL-CFG-0024 | model.layers is '0'. Use a whole number from 1",
                "gpt:layers=5000000000     | JVL-CFG-0024 | model.layers is '5000000000'",
                "gpt:vocab=1               | JVL-CFG-0024 | model.vocab is '1'",
                "gpt:tied=yes              | JVL-CFG-0024 | model.tied is 'yes'. Use true or false",
                "gpt:dropout=1             | JVL-CFG-0024 | model.dropout is '1.0'. Use a number from 0 to below 1",
                "gpt:dropout=NaN           | JVL-CFG-0024 | model.dropout is 'NaN'",
                "gpt:width=100,heads=3     | JVL-CFG-0025 | multiple of model.heads, for example 102",
                "lama:layers=2             | JVL-CFG-0020 | Did you mean 'llama'",
                "llama:width=100,heads=4   | JVL-CFG-0025 | multiple of 2 · model.heads, for example 104",
                "llama:kvHeads=3           | JVL-CFG-0026 | divisor of model.heads",
                "llama:kvHeads=8           | JVL-CFG-0024 | model.kvHeads is '8'. Use a whole number from 1 to 4",
                "llama:ropeBase=0          | JVL-CFG-0024 | model.ropeBase is '0.0'. Use a number above 0",
                "llama:epsilon=Infinity    | JVL-CFG-0024 | model.epsilon is 'Infinity'",
                "llama:kvheads=2           | JVL-CFG-0021 | Did you mean 'kvHeads'",
                "mlp:classes=1             | JVL-CFG-0024 | model.classes is '1'",
                "mlp:task=both             | JVL-CFG-0024 | model.task is 'both'. Use classification or regression",
                "mlp:task=regression,classes=2 | JVL-CFG-0027 | model.task is regression, which has none",
            })
    void badTextIsRefusedWithACodeAndWhatToDo(String text, String code, String message) {
        JavelinException error = assertThrows(JavelinException.class, () -> ModelSpec.parse(text));
        assertEquals(code, error.code());
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    @Test
    void anUnknownPresetNamesTheNearest() {
        JavelinException error = assertThrows(JavelinException.class, () -> ModelPreset.of("babe"));
        assertTrue(error.getMessage().contains("Did you mean 'baby'"), error.getMessage());
    }

    @Test
    void trainingFlopsFollowTheFormulaWithoutThePositionTable() {
        GptSpec spec = (GptSpec) ModelPreset.of("baby").spec();
        double n = spec.parameters() - 256.0 * 384;
        assertEquals(6 * n + 12.0 * 6 * 384 * 256, spec.trainingFlops(256));
    }

    @Test
    void parameterCountsOfATrillionDoNotOverflow() {
        List<ModelSpec> large = List.of(
                ModelSpec.parse("gpt:layers=128,width=25600,heads=160,vocab=50257,block=2048"),
                ModelSpec.parse("gpt:layers=1000,width=100000,heads=100,vocab=50257,block=2048"));
        assertTrue(large.get(0).parameters() > 1_000_000_000_000L);
        assertTrue(large.get(1).parameters() > 100_000_000_000_000L);
    }
}
