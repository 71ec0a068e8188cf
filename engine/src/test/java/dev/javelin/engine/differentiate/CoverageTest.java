package dev.javelin.engine.differentiate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.javelin.api.DType;
import dev.javelin.api.GradientSite;
import dev.javelin.api.Operation;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.Assign;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.CacheWrite;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.api.operation.Compare;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.ExactGeluGradient;
import dev.javelin.api.operation.ExactNorm;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.api.operation.GeluGradient;
import dev.javelin.api.operation.Iota;
import dev.javelin.api.operation.IsFinite;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.Log;
import dev.javelin.api.operation.MovingAverage;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.Print;
import dev.javelin.api.operation.RandomUniform;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.SiluGradient;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.api.operation.StopGradient;
import dev.javelin.api.operation.SwiGluGradient;
import dev.javelin.api.operation.Unary;
import dev.javelin.api.operation.View;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.Fixtures;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Site.Phase;
import dev.javelin.engine.trace.Tracer;
import java.io.IOException;
import java.lang.module.ModuleReader;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** No operation slips by: each is differentiated by a case of {@link GradientCases}, or says here why not. */
class CoverageTest {
    private static final Map<Class<? extends Operation>, String> EXEMPT = new HashMap<>();

    static {
        for (var type : List.of(
                AttentionGradient.class,
                CrossEntropyGradient.class,
                EmbeddingGradient.class,
                ExactGeluGradient.class,
                GeluGradient.class,
                LayerNormGradient.class,
                RmsNormGradient.class,
                SiluGradient.class,
                SoftmaxGradient.class,
                SwiGluGradient.class)) {
            EXEMPT.put(type, "is itself a gradient, written by a gradient rule");
        }
        for (var type : List.of(
                Accumulate.class,
                Assign.class,
                dev.javelin.api.operation.AdamW.class,
                ExactNorm.class,
                FusedCrossEntropy.class,
                FusedMatMul.class,
                FusedNorm.class,
                FusedNormGradient.class,
                IsFinite.class,
                MovingAverage.class,
                Pack.class,
                SquareSum.class,
                View.class)) {
            EXEMPT.put(type, "is written by the engine, after differentiation");
        }
        for (var type : List.of(CacheWrite.class, CachedAttention.class)) {
            EXEMPT.put(type, "belongs to inference: compared with its decomposition in InferenceStateTest");
        }
        for (var type : List.of(Fill.class, Iota.class, RandomUniform.class)) {
            EXEMPT.put(type, "has no differentiable input");
        }
        EXEMPT.put(ChooseToken.class, "belongs to inference, and its result is a number of a token");
        EXEMPT.put(Compare.class, "its result is BOOL");
        EXEMPT.put(Log.class, "has no result");
        EXEMPT.put(Print.class, "has no result");
        EXEMPT.put(Cast.class, "cannot be proved by differences in 64-bit: proved in GradientTest");
        EXEMPT.put(StopGradient.class, "is wrong on purpose: proved in GradientTest");
    }

    /** Every record of the operations' package that is an operation. */
    static Set<Class<?>> operations() throws IOException {
        var module = Operation.class.getModule();
        var reference = module.getLayer()
                .configuration()
                .findModule(module.getName())
                .orElseThrow()
                .reference();
        String folder = "dev/javelin/api/operation/";
        try (ModuleReader reader = reference.open()) {
            return reader.list()
                    .filter(name -> name.startsWith(folder) && name.endsWith(".class"))
                    .map(name -> Class.forName(
                            module, name.substring(0, name.length() - 6).replace('/', '.')))
                    .filter(type -> Operation.class.isAssignableFrom(type) && type.isRecord())
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void everyOperationHasItsGradientProvedOrAReasonToHaveNone() throws IOException {
        Set<Object> proved = new HashSet<>();
        GradientCases.all().forEach(one -> proved.addAll(differentiated(one)));
        Set<String> open = new TreeSet<>();
        for (Class<?> type : operations()) {
            if (!EXEMPT.containsKey(type) && !proved.contains(type)) {
                open.add(type.getSimpleName());
            }
        }
        for (Unary.Kind kind : Unary.Kind.values()) {
            if (!proved.contains(kind)) {
                open.add("Unary " + kind);
            }
        }
        for (Binary.Kind kind : Binary.Kind.values()) {
            if (!proved.contains(kind)) {
                open.add("Binary " + kind);
            }
        }
        assertEquals(Set.of(), open, "operations without a case");
        Set<Class<?>> both = new HashSet<>(EXEMPT.keySet());
        both.retainAll(proved);
        assertEquals(Set.of(), both, "operations that are exempt and proved");
    }

    /** The operations of a case's forward pass through which a parameter's gradient flows. */
    private static Set<Object> differentiated(GradientCase one) {
        var module = one.module();
        var paths = new ModelPaths(module.model(), DType.FLOAT64);
        var program = new Tracer(paths)
                .training(module, dev.javelin.engine.Run.signature(1, one.fields()))
                .program();
        Set<Object> reached = new HashSet<>();
        Set<Object> found = new HashSet<>();
        program.inputs().stream()
                .filter(input -> input.slot().name().startsWith("x"))
                .forEach(input -> reached.add(input.value()));
        for (Instruction instruction : program.instructions()) {
            if (instruction.site().phase() == Phase.FORWARD
                    && instruction.inputs().stream().anyMatch(reached::contains)) {
                reached.addAll(instruction.outputs());
                found.add(instruction.operation().getClass());
                switch (instruction.operation()) {
                    case Unary unary -> found.add(unary.kind());
                    case Binary binary -> found.add(binary.kind());
                    default -> {}
                }
            }
        }
        found.remove(Compare.class);
        return found;
    }

    @Test
    void everyDecompositionIsComparedWithItsKernel() throws Exception {
        Set<Class<?>> open = new HashSet<>();
        for (Class<?> type : operations()) {
            if (type.getMethod("decompose", List.class).getDeclaringClass() == type) {
                open.add(type);
            }
        }
        assertFalse(open.isEmpty());
        open.removeIf(type -> EXEMPT.getOrDefault(type, "").startsWith("belongs to inference"));
        GradientCases.all()
                .forEach(one -> Compilation.compile(
                                one.module(), GradientTest.options(one), Fixtures.HALVES, Fixtures.planner())
                        .programs()
                        .values()
                        .forEach(placement -> placement
                                .schedule()
                                .program()
                                .instructions()
                                .forEach(instruction ->
                                        open.remove(instruction.operation().getClass()))));
        assertEquals(Set.of(), open, "decompositions that no case runs as a kernel");
    }

    @Test
    void whatIsExemptForBeingAGradientOrTheEnginesOwnHasNoGradientRule() throws Exception {
        for (var entry : EXEMPT.entrySet()) {
            if (List.of("is itself", "is written", "belongs").stream().anyMatch(entry.getValue()::startsWith)) {
                if (entry.getKey() != View.class) {
                    assertEquals(
                            Operation.class,
                            entry.getKey()
                                    .getMethod("gradient", GradientSite.class)
                                    .getDeclaringClass(),
                            entry.getKey().getSimpleName());
                }
            }
        }
    }
}
