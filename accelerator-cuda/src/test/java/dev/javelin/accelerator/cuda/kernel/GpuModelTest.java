package dev.javelin.accelerator.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cuda.driver.Gpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which model a GPU is taken for, by the names that NVIDIA's driver gives. */
class GpuModelTest {
    private static final long GIB = 1L << 30;

    private static Gpu gpu(String name, int major, int minor, long memoryBytes, int sharedBytes) {
        return new Gpu(0, 1, name, 13_000, "libcuda.so.1", major, minor, memoryBytes, 20, 1_500_000, sharedBytes);
    }

    @ParameterizedTest
    @CsvSource({
        "NVIDIA H200, 9, 0, h200",
        "NVIDIA H100 80GB HBM3, 9, 0, h100",
        "NVIDIA A100-SXM4-80GB, 8, 0, a100",
        "NVIDIA A10, 8, 6, a10",
        "NVIDIA L4, 8, 9, l4",
        "NVIDIA L40S, 8, 9, l40s",
        "NVIDIA GeForce RTX 4090, 8, 9, rtx4090"
    })
    void aKnownNameHasTheRatesOfItsDataSheet(String name, int major, int minor, String model) {
        GpuModel known = GpuModel.of(model);
        GpuModel found = GpuModel.of(gpu(name, major, minor, 16 * GIB, 99 << 10));
        assertEquals(model, found.name());
        assertEquals(known.half(), found.half());
        assertEquals(known.bytesPerSecond(), found.bytesPerSecond());
    }

    @ParameterizedTest
    @CsvSource({
        "NVIDIA RTX A1000, 8, 6",
        "NVIDIA A100X, 8, 0",
        "NVIDIA A10G, 8, 6",
        "NVIDIA GH200 480GB, 9, 0",
        "NVIDIA L40, 8, 9",
        "NVIDIA RTX 4000 Ada Generation, 8, 9"
    })
    void anotherNameIsNotTakenForAKnownOneThatItContains(String name, int major, int minor) {
        String own = GpuModel.of(gpu(name, major, minor, 16 * GIB, 99 << 10)).name();
        assertTrue(GpuModel.KNOWN.stream().noneMatch(model -> model.name().equals(own)), own);
    }

    @Test
    void memoryAndSharedMemoryAreThoseOfTheGpuAndNotOfTheDataSheet() {
        GpuModel half = GpuModel.of(gpu("NVIDIA A100-PCIE-40GB", 8, 0, 40 * GIB, 150_000));
        assertEquals("a100", half.name());
        assertTrue(half.memoryBytes() < 40 * GIB && half.memoryBytes() > 39 * GIB, "less what the driver takes");
        assertEquals(150_000, half.sharedBytesPerBlock());
        GpuModel other = GpuModel.of(gpu("NVIDIA RTX A1000", 8, 6, 8 * GIB, 99 << 10));
        assertEquals(99 << 10, other.sharedBytesPerBlock());
        assertEquals(6, other.minor());
        assertTrue(other.half() < GpuModel.of("a100").half() / 5, "20 multiprocessors");
    }
}
