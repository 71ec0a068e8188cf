package dev.javelin.accelerator.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.MatMul;
import dev.javelin.spi.Options;
import dev.javelin.spi.Spi;
import dev.javelin.spi.device.DevicePlanner;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is known of a GPU, with and without one. */
class CudaProviderTest {
    private final CudaProvider provider = new CudaProvider();

    private static Options options(String... pairs) {
        return pairs.length == 0
                ? Options.none("accelerator.cuda")
                : new Options("accelerator.cuda", Map.of(pairs[0], pairs[1]));
    }

    @Test
    void itIsNamedAndMadeForThisSpi() {
        assertEquals("cuda", provider.name());
        assertEquals(Spi.MAJOR, provider.spiMajor());
    }

    @Test
    void withoutAGpuItPlansForTheModelThatIsAskedFor() {
        DevicePlanner h200 = provider.planner(options("model", "h200"));
        DevicePlanner l4 = provider.planner(options("model", "L4"));
        assertEquals(989e12, h200.flopsPerSecond(DType.BFLOAT16));
        assertEquals(67e12, h200.rates().flopsPerSecond());
        assertTrue(h200.memoryBytes() > 140_000_000_000L && h200.memoryBytes() < 151_000_000_000L);
        assertTrue(l4.memoryBytes() < 25_000_000_000L);
        TensorType square = TensorType.of(DType.BFLOAT16, 4096, 4096);
        assertEquals(32L << 20, workspace(h200, square));
        assertEquals(4L << 20, workspace(l4, square));
        assertEquals(16 * 4 * 8 * 8, workspace(h200, TensorType.of(DType.BFLOAT16, 8, 8)));
    }

    private static long workspace(DevicePlanner planner, TensorType square) {
        return planner.plan(new MatMul(false, false), List.of(square, square), List.of(square))
                .orElseThrow()
                .workspaceBytes();
    }

    @Test
    void tf32IsOffUnlessAskedFor() {
        assertEquals(
                494e12,
                provider.planner(new Options("accelerator.cuda", Map.of("model", "h100", "tf32", "true")))
                        .flopsPerSecond(DType.FLOAT32));
        assertEquals(67e12, provider.planner(options("model", "h100")).flopsPerSecond(DType.FLOAT32));
    }

    @ParameterizedTest
    @CsvSource({
        "model, voodoo2, JVL-CFG-0008",
        "device, -1, JVL-CFG-0008",
        "blas, atlas, JVL-CFG-0008",
        "attention, none, JVL-CFG-0008",
        "tf32, yes, JVL-CFG-0008",
        "check, 1, JVL-CFG-0008",
        "colour, red, JVL-CFG-0009"
    })
    void whatCannotBeIsRefused(String key, String value, String code) {
        JavelinException e = assertThrows(JavelinException.class, () -> provider.planner(options(key, value)));
        assertEquals(code, e.code());
        assertTrue(e.getMessage().contains(key), e.getMessage());
    }
}
