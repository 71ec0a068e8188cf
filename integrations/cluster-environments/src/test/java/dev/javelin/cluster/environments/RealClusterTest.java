package dev.javelin.cluster.environments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.spi.cluster.ClusterPlace;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real launchers set: each started process writes its environment into a file of its own. */
class RealClusterTest {
    @TempDir
    private Path folder;

    private static boolean installed(String program) {
        String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin" + File.pathSeparator + "/sbin";
        for (String place : path.split(File.pathSeparator)) {
            if (new File(place, program).canExecute()) {
                return true;
            }
        }
        return false;
    }

    private static void require(boolean there, String what) {
        if (!there) {
            System.out.println("SKIPPED: " + what);
            Assumptions.abort(what);
        }
    }

    private void run(List<String> command) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("TMPDIR", "/tmp"); // part of a socket's name, which has to be short
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(2, TimeUnit.MINUTES), "no end of " + command);
        } finally {
            if (process.isAlive()) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
        assertEquals(0, process.exitValue(), Files.readString(output));
    }

    /** A command for a shell that writes the environment into one file for each process. */
    private List<String> recorder() throws IOException {
        Path environments = Files.createDirectory(folder.resolve("environments"));
        return List.of("sh", "-c", "env > " + environments + "/$$");
    }

    private List<ClusterPlace> places(String name) throws IOException {
        List<ClusterPlace> places = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder.resolve("environments"))) {
            for (Path file : files.toList()) {
                places.add(ClusterPlacesTest.only(name, ClusterPlacesTest.parse(Files.readString(file))));
            }
        }
        places.sort(java.util.Comparator.comparingInt(ClusterPlace::process));
        return places;
    }

    private static void assertTwoOnThisHost(List<ClusterPlace> places) {
        assertEquals(2, places.size());
        for (int rank = 0; rank < 2; rank++) {
            ClusterPlace place = places.get(rank);
            assertEquals(rank, place.process());
            assertEquals(2, place.processes());
            assertEquals(2, place.localProcesses());
            assertEquals(places.getFirst().job(), place.job());
            assertEquals(places.getFirst().rendezvousPort(), place.rendezvousPort());
            assertTrue(place.rendezvousPort() > 0);
        }
        assertEquals(1, places.get(0).localProcess() + places.get(1).localProcess());
    }

    @Test
    void processesOfARealMpirunAreRecognised() throws Exception {
        require(installed("mpirun"), "no mpirun; install Open MPI (Debian: openmpi-bin) to test its environment");
        List<String> command = new ArrayList<>(List.of("mpirun", "--bind-to", "none", "--oversubscribe"));
        if (System.getProperty("user.name").equals("root")) {
            command.add("--allow-run-as-root");
        }
        command.addAll(List.of("-np", "2"));
        command.addAll(recorder());
        run(command);
        List<ClusterPlace> places = places("openmpi");
        assertTwoOnThisHost(places);
        assertEquals("127.0.0.1", places.getFirst().rendezvousHost().orElseThrow());
    }

    @Test
    void tasksOfARealSlurmAreRecognised() throws Exception {
        require(
                Stream.of("munged", "slurmctld", "slurmd", "srun").allMatch(RealClusterTest::installed),
                "no Slurm; install it (Debian: slurmctld slurmd slurm-client munge) to test its environment");
        require(System.getProperty("user.name").equals("root"), "a Slurm of our own needs root");
        Path script = folder.resolve("one-node-slurm");
        try (InputStream in = RealClusterTest.class.getResourceAsStream("one-node-slurm")) {
            Files.copy(in, script);
        }
        Path slurm = Files.createDirectory(folder.resolve("slurm"));
        List<String> command = new ArrayList<>(List.of("bash", script.toString(), slurm.toString()));
        try (ServerSocket control = new ServerSocket(0);
                ServerSocket node = new ServerSocket(0)) {
            command.add(String.valueOf(control.getLocalPort()));
            command.add(String.valueOf(node.getLocalPort()));
        }
        command.addAll(List.of("-n", "2"));
        command.addAll(recorder());
        run(command);
        List<ClusterPlace> places = places("slurm");
        assertTwoOnThisHost(places);
        String host = InetAddress.getLocalHost().getHostName().split("\\.", 2)[0];
        assertEquals(host, places.getFirst().rendezvousHost().orElseThrow());
    }
}
