package dev.javelin.accelerator.none;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.Binary;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.Log;
import dev.javelin.api.operation.MatMul;
import dev.javelin.api.operation.Print;
import dev.javelin.api.operation.Reshape;
import dev.javelin.api.operation.SquareSum;
import dev.javelin.spi.Options;
import dev.javelin.spi.Spi;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.KernelPlan;
import dev.javelin.spi.device.KernelPlan.Alias;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NullProviderTest {
    private final AcceleratorProvider provider = new NullProvider();
    private final DevicePlanner planner = provider.planner(Options.none("accelerator.null"));

    private KernelPlan plan(Operation operation, TensorType... inputs) {
        List<TensorType> types = List.of(inputs);
        return planner.plan(operation, types, operation.infer(types)).orElseThrow();
    }

    @Test
    void theServiceLoaderFindsItByName() {
        NullProviderTest.class.getModule().addUses(AcceleratorProvider.class);
        AcceleratorProvider found = ServiceLoader.load(AcceleratorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(p -> p.name().equals("null"))
                .findFirst()
                .orElseThrow();
        assertInstanceOf(NullProvider.class, found);
        assertEquals(Spi.MAJOR, found.spiMajor());
        assertTrue(found.probe().available());
    }

    @Test
    void openingItNamesAnAcceleratorThatRuns() {
        JavelinException e =
                assertThrows(JavelinException.class, () -> provider.open(Options.none("accelerator.null")));
        assertEquals("JVL-ENG-0001", e.code());
        assertTrue(e.remedy().contains("cpu"), e.remedy());
    }

    @Test
    void itHoldsEveryTypeOfElementAtAlignment256() {
        assertEquals(EnumSet.allOf(DType.class), planner.dtypes());
        assertEquals(256, planner.alignmentBytes());
        assertEquals(Long.MAX_VALUE, planner.memoryBytes());
    }

    @Test
    void itsOptionsDescribeTheImaginedDevice() {
        DevicePlanner small = provider.planner(new Options(
                "accelerator.null",
                Map.of("memoryBytes", "1000", "flopsPerSecond", "2000000", "bytesPerSecond", "30000")));
        assertEquals(1000, small.memoryBytes());
        assertEquals(2e6, small.rates().flopsPerSecond());
        assertEquals(3e4, small.rates().bytesPerSecond());
    }

    @Test
    void anUnknownOptionIsRefusedWithTheKnownOnes() {
        Options options = new Options("accelerator.null", Map.of("memory", "1"));
        JavelinException e = assertThrows(JavelinException.class, () -> provider.planner(options));
        assertEquals("JVL-CFG-0009", e.code());
        assertTrue(e.getMessage().contains("memoryBytes"), e.getMessage());
    }

    @Test
    void aRateOfZeroIsRefused() {
        Options options = new Options("accelerator.null", Map.of("flopsPerSecond", "0"));
        assertEquals(
                "JVL-CFG-0008",
                assertThrows(JavelinException.class, () -> provider.planner(options))
                        .code());
    }

    @Test
    void aProductCountsTwoOperationsForEachOfItsTriples() {
        TensorType a = TensorType.of(DType.BFLOAT16, 6, 7, 5);
        KernelPlan plan = plan(new MatMul(false, true), a, TensorType.of(DType.BFLOAT16, 11, 5));
        assertEquals(2.0 * 6 * 7 * 11 * 5, plan.flops());
        assertEquals(2.0 * (6 * 7 * 5 + 11 * 5 + 6 * 7 * 11), plan.bytes());
        assertEquals(0, plan.workspaceBytes());
    }

    @Test
    void causalAttentionCountsOnlyWhatIsSeen() {
        TensorType packed = TensorType.of(DType.FLOAT16, 2, 8, 3 * 4 * 16);
        assertEquals(
                2 * 2.0 * 2 * 4 * (8 * 9 / 2) * 16,
                plan(new Attention(4, 4, true), packed).flops());
        assertEquals(
                2 * 2.0 * 2 * 4 * (8 * 8) * 16,
                plan(new Attention(4, 4, false), packed).flops());
    }

    @Test
    void fusedOperationsAndStatesArePlannedToo() {
        TensorType x = TensorType.of(DType.FLOAT32, 4, 6);
        TensorType row = TensorType.of(DType.FLOAT32, 6);
        plan(new LayerNorm(1e-5), x, row, row);
        plan(FusedMatMul.of(new MatMul(false, true)).withBias(), x, TensorType.of(DType.FLOAT32, 6, 6), row);
        plan(new SquareSum(), SquareSum.ACCUMULATOR, x);
        plan(new Fill(x, 1));
        KernelPlan loss =
                plan(new FusedCrossEntropy(-1), x, TensorType.of(DType.INT32, 4), TensorType.of(DType.FLOAT32));
        assertEquals(Set.of(new KernelPlan.Alias(2, 0)), loss.mayAlias());
    }

    @Test
    void elementwiseWorkMayBeDoneInPlaceUnlessTheOperandIsBroadcast() {
        TensorType whole = TensorType.of(DType.FLOAT32, 4, 6);
        TensorType row = TensorType.of(DType.FLOAT32, 6);
        Operation add = new Binary(Binary.Kind.ADD);
        assertEquals(Set.of(new Alias(0, 0)), plan(add, whole, row).mayAlias());
        assertEquals(
                Set.of(new Alias(0, 0), new Alias(0, 1)),
                plan(add, whole, whole).mayAlias());
    }

    @Test
    void viewsAndWhatTheEngineRunsHaveNoKernel() {
        TensorType scalar = TensorType.of(DType.FLOAT32);
        for (Operation operation : List.of(new Reshape(scalar.shape()), new Log("loss"), new Print("x"))) {
            assertTrue(planner.plan(operation, List.of(scalar), operation.infer(List.of(scalar)))
                    .isEmpty());
        }
    }
}
