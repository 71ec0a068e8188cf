package dev.javelin.accelerator.cuda.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cuda.driver.PtxEntries;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That the PTX in this module is what its sources say, and that it assembles for the GPUs that it is for. */
class PtxFilesTest {
    /** Bytes of registers that an entry may keep in memory, stores and loads together: cold paths of 64-bit kernels. */
    private static final int MOST_SPILLED_BYTES = 256;

    static Stream<String> families() {
        return PtxFiles.families().stream();
    }

    @Test
    void everySourceHasItsPtxAndTheOtherWayRound() {
        assertFalse(PtxFiles.families().isEmpty());
        assertEquals(PtxFiles.families(), PtxFiles.texts(), "run accelerator-cuda/compile-kernels");
    }

    @ParameterizedTest
    @MethodSource("families")
    void thePtxWasMadeOfTheseSources(String family) {
        String first = PtxFiles.text(family).lines().findFirst().orElseThrow();
        assertEquals(
                "// source sha256 " + PtxFiles.sourceHash(family),
                first,
                "run accelerator-cuda/compile-kernels " + family);
    }

    @Test
    @Tag("long")
    void compilingAgainGivesTheSameText(@TempDir Path folder) throws IOException, InterruptedException {
        boolean there = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(place -> Files.isExecutable(Path.of(place, "nvcc")));
        if (!there) {
            System.err.println("SKIPPED, because nvcc is not on the PATH: that compiling again gives the same PTX");
            Assumptions.abort("nvcc is not on the PATH");
        }
        Process compile = new ProcessBuilder(
                        Path.of("compile-kernels").toAbsolutePath().toString(), "--to", folder.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(compile.getInputStream().readAllBytes());
        assertEquals(0, compile.waitFor(), output);
        for (String family : PtxFiles.families()) {
            assertEquals(Files.readString(folder.resolve(family + ".ptx")), PtxFiles.text(family), family);
        }
    }

    /** On all processors: the assembler takes a minute of one. */
    @Test
    void thePtxAssemblesWithFewSpills() {
        List<String> reports = targets()
                .parallel()
                .map(target -> assembled(target.family(), target.gpu()))
                .toList();
        assertEquals(
                List.of(), reports.stream().filter(report -> !report.isEmpty()).toList());
    }

    private record Target(String family, String gpu) {}

    private static Stream<Target> targets() {
        return PtxFiles.families().stream()
                .flatMap(family -> Stream.of("sm_80", "sm_90").map(gpu -> new Target(family, gpu)))
                .toList()
                .stream();
    }

    /** What is wrong with a family for a GPU; empty if nothing is. */
    private static String assembled(String family, String gpu) {
        Assembler.Result result = Assembler.assemble(PtxFiles.text(family), gpu);
        List<String> wrong = new ArrayList<>();
        result.kernels().forEach((entry, use) -> {
            String spills = entry + " for " + gpu + " spills " + use.spilledBytes() + " bytes";
            if (use.spilledBytes() > 0) {
                System.out.println(spills);
            }
            if (use.spilledBytes() > MOST_SPILLED_BYTES) {
                wrong.add(spills);
            }
        });
        int most = result.kernels().values().stream()
                .mapToInt(Assembler.Use::registers)
                .max()
                .orElse(0);
        System.out.println(
                family + " for " + gpu + ": " + result.kernels().size() + " entries, at most " + most + " registers");
        if (!PtxEntries.of(family, PtxFiles.text(family))
                .all()
                .keySet()
                .equals(result.kernels().keySet())) {
            wrong.add(family + " for " + gpu + " holds the entries "
                    + result.kernels().keySet());
        }
        return String.join("; ", wrong);
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyParameterIsEightBytesOrAStructOfSuchFields(String family) {
        Map<String, List<Integer>> entries =
                PtxEntries.of(family, PtxFiles.text(family)).all();
        assertFalse(entries.isEmpty());
        entries.forEach((entry, bytes) -> {
            assertFalse(bytes.isEmpty(), entry + " takes nothing");
            assertTrue(bytes.stream().allMatch(size -> size > 0 && size % Long.BYTES == 0), entry + " takes " + bytes);
        });
    }
}
