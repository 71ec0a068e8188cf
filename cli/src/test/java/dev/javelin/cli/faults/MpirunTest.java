package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Two ranks that {@code mpirun} starts, one on each of two hosts. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@DisplayName("mpirun over two hosts")
class MpirunTest {
    private static final int STEPS = 10;

    @TempDir
    Path folder;

    private Path mpirun(TwoHosts hosts, String communicator) throws IOException {
        Path out = folder.resolve(communicator);
        List<String> before = new ArrayList<>(hosts.on(0));
        before.addAll(List.of("mpirun", "--allow-run-as-root", "--bind-to", "none", "-np", "2"));
        before.addAll(List.of("--mca", "plm_rsh_agent", hosts.agent().toString()));
        before.addAll(List.of("--host", hosts.address(0) + ":1," + hosts.address(1) + ":1"));
        // Open MPI knows a program of the name java and changes its arguments: a shell stands before it.
        before.addAll(List.of("/bin/sh", "-c", "exec \"$@\"", "sh"));
        List<String> arguments = FitJob.arguments(
                out,
                List.of(
                        "--cluster=openmpi",
                        "--communicator=" + communicator,
                        "--rendezvous=" + hosts.rendezvous(),
                        "--secret-file=" + hosts.secret(),
                        "--max-steps=" + STEPS));
        try (FitJob job = FitJob.of(out, before, arguments)) {
            assertEquals(0, job.end(), () -> job.err() + job.out());
            assertEquals(STEPS, job.lastCheckpoint());
            job.assertNothingIsLeft();
        }
        return out;
    }

    private Path alone() {
        Path out = folder.resolve("threads");
        try (FitJob job = FitJob.start(out, "--launch=threads", "--max-steps=" + STEPS)) {
            assertEquals(0, job.end(), job::err);
        }
        return out;
    }

    @Test
    @DisplayName("trains to the same bits as two ranks of one host")
    void sameBits() throws IOException {
        Needs.program("mpirun", "openmpi-bin");
        try (TwoHosts hosts = new TwoHosts(folder)) {
            Path two = mpirun(hosts, "tcp");
            hosts.assertIdle();
            Path one = alone();
            for (String file : List.of("model.safetensors", "m.safetensors", "v.safetensors")) {
                String path = "checkpoint-" + STEPS + "/" + file;
                assertArrayEquals(Files.readAllBytes(one.resolve(path)), Files.readAllBytes(two.resolve(path)), path);
            }
        }
    }

    @Test
    @Tag("long")
    @DisplayName("trains by Open MPI's own collectives, too")
    void byMpi() throws IOException {
        Needs.program("mpirun", "openmpi-bin");
        try (TwoHosts hosts = new TwoHosts(folder)) {
            mpirun(hosts, "mpi");
            hosts.assertIdle();
        }
    }
}
