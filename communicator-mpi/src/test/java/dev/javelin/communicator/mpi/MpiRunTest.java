package dev.javelin.communicator.mpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.Spi;
import dev.javelin.spi.communicator.CommunicatorProvider;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes under a real mpirun. */
class MpiRunTest {
    @TempDir
    private Path folder;

    private record Run(int exit, String output) {}

    /** Runs {@link MpiRank} on so many ranks; skipped aloud where there is no mpirun. */
    private Run run(int ranks, String... task) throws IOException, InterruptedException {
        if (onPath("mpirun") == null) {
            System.out.println("SKIPPED: no mpirun on the PATH; install Open MPI (Debian: openmpi-bin) to test mpi");
            Assumptions.abort("no mpirun");
        }
        // mpirun rewrites a command that is named java, and so gets a script.
        Path script = folder.resolve("rank");
        Files.writeString(script, "#!/bin/sh\nexec '" + System.getProperty("java.home") + "/bin/java' \"$@\"\n");
        assertTrue(script.toFile().setExecutable(true));
        List<String> command = new ArrayList<>(List.of("mpirun", "--bind-to", "none", "--oversubscribe"));
        if ("root".equals(System.getProperty("user.name"))) {
            command.add("--allow-run-as-root");
        }
        command.addAll(List.of("-np", String.valueOf(ranks), script.toString(), "-Xmx256m", "-XX:+UseSerialGC"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", classes(), MpiRank.class.getName()));
        command.addAll(List.of(task));
        Path output = folder.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // The session folder's name is part of a socket's, which has to be short.
        builder.environment().put("TMPDIR", "/tmp");
        Process process = builder.redirectOutput(output.toFile()).start();
        try {
            assertTrue(process.waitFor(2, TimeUnit.MINUTES), () -> "mpirun hangs: " + text(output));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return new Run(process.exitValue(), text(output));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String onPath(String program) {
        for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
            if (new File(folder, program).canExecute()) {
                return folder;
            }
        }
        return null;
    }

    private static String classes() {
        String modules = System.getProperty("jdk.module.path", "");
        return modules
                + File.pathSeparator
                + System.getProperty("java.class.path")
                + File.pathSeparator
                + System.getProperty("surefire.test.class.path", "")
                + File.pathSeparator
                + Path.of("target", "test-classes").toAbsolutePath();
    }

    private static void assertAllDone(Run run, int ranks) {
        for (int rank = 0; rank < ranks; rank++) {
            assertTrue(run.output().contains("rank " + rank + ": done"), run.output());
        }
        assertEquals(0, run.exit(), run.output());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void collectivesAreRightUnderMpirun(int ranks) throws Exception {
        assertAllDone(run(ranks, "collectives"), ranks);
    }

    @Test
    void randomSequencesOfCallsAreRightUnderMpirun() throws Exception {
        long seed = 20261122;
        System.out.println("random sequence of calls of mpi: seed " + seed);
        assertAllDone(run(2, "random", String.valueOf(seed)), 2);
    }

    @Test
    void ranksThatMakeDifferentCallsDisagreeOnAllRanks() throws Exception {
        String output = run(2, "disagree").output();
        assertTrue(
                output.contains("rank 0: JVL-COM-0002 rank 0 calls allReduce of 1000 F32 (ticket 7), rank 1 calls"
                        + " allReduce of 1001 F32 (ticket 8)"),
                output);
        assertTrue(output.contains("[0,1,7,8]"), output);
        assertTrue(output.contains("[1,0,8,7]"), output);
    }

    @Test
    void whoWaitsForAStalledRankEndsWithTheWorldsWord() throws Exception {
        String output = run(2, "stall").output();
        assertTrue(output.contains("rank 0: JVL-RNK-0002 the world gave up on a rank"), output);
    }

    @Test
    void aWorldOfAnotherSizeThanMpisIsRefused() throws Exception {
        String output = run(2, "wrong-size").output();
        assertTrue(
                output.contains("rank 1: JVL-COM-0004 communicator mpi: this is rank 1 of 3, but MPI started it as"
                        + " rank 1 of 2"),
                output);
    }

    @Test
    void aProcessThatMpirunDidNotStartIsRefusedWithTheWayToStartIt() {
        JavelinException e = assertThrows(
                JavelinException.class,
                () -> new MpiProvider(Map.of()).join(new ProcessSeat(0, 2), Options.none("communicator.mpi")));
        assertEquals("JVL-COM-0004", e.code());
        assertTrue(e.remedy().contains("mpirun -np"), e.remedy());
    }

    @Test
    void aLibraryThatIsNotThereOrNotOpenMpiIsRefused() {
        JavelinException e = assertThrows(JavelinException.class, () -> MpiLibrary.load("/nowhere/libmpi.so.40"));
        assertEquals("JVL-COM-0201", e.code());
        assertTrue(e.getMessage().contains("/nowhere/libmpi.so.40"), e.getMessage());
        JavelinException other = assertThrows(JavelinException.class, () -> MpiLibrary.load("libc.so.6"));
        assertTrue(other.getMessage().contains("it has no ompi_mpi_comm_world"), other.getMessage());
    }

    @Test
    void theServiceLoaderFindsItByName() {
        MpiRunTest.class.getModule().addUses(CommunicatorProvider.class);
        CommunicatorProvider found = ServiceLoader.load(CommunicatorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(p -> p.name().equals("mpi"))
                .findFirst()
                .orElseThrow();
        assertEquals(Spi.MAJOR, found.spiMajor());
        assertEquals(false, found.abilities().treeSums());
        assertEquals(false, found.abilities().threads());
        assertTrue(!found.probe().reason().isBlank());
    }
}
