package dev.javelin.accelerator.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cuda.emulator.EmulatedDriver;
import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which libraries are loaded, and what is told when they are not there. */
class LibrariesTest {

    @TempDir
    private Path folder;

    @Test
    void whatIsNotFoundIsToldWithAllPlaces() {
        Libraries libraries = Libraries.of(folder.toString(), Map.of());
        JavelinException e = assertThrows(
                JavelinException.class,
                () -> libraries.require("cuBLAS", "install it", "libnowhere.so.1", "libnowhere.so.2"));
        assertEquals("JVL-CUD-0014", e.code());
        assertTrue(e.getMessage().contains("libnowhere.so.1, libnowhere.so.2 in " + folder), e.getMessage());
        assertTrue(e.getMessage().contains("where the system's loader looks"), e.getMessage());
    }

    @Test
    void aFileThatIsNoLibraryIsPassedOver() throws IOException {
        Path broken = Files.createDirectories(folder.resolve("broken"));
        Files.writeString(broken.resolve("libcublasLt.so.13"), "not a library");
        Path emulated = EmulatedDriver.folder();
        Libraries.Loaded loaded = Libraries.of(broken + ":" + emulated, Map.of())
                .load("libcublasLt.so.13", "libcublasLt.so.12")
                .orElseThrow();
        assertEquals(emulated.resolve("libcublasLt.so.13").toString(), loaded.from());
    }

    @Test
    void aGpuIsFoundByLookingOnly() {
        Gpu gpu = Gpu.find(Libraries.of(EmulatedDriver.folder().toString(), Map.of()), 0);
        assertTrue(gpu.name().contains("emulated"), gpu.name());
        assertEquals(9, gpu.major());
        assertEquals(4L << 30, gpu.memoryBytes());
        assertTrue(gpu.text().contains("driver of CUDA 13.0"), gpu.text());
    }

    @Test
    void aNumberBeyondTheLastGpuIsRefused() {
        JavelinException e = assertThrows(
                JavelinException.class,
                () -> Gpu.find(Libraries.of(EmulatedDriver.folder().toString(), Map.of()), 7));
        assertEquals("JVL-CUD-0015", e.code());
    }
}
