package dev.javelin.cli.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.BuildImageResultCallback;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.Bind;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * One Javelin on this host and one in a container, which vanishes. The container's image is made here from a few links:
 * programs, JDK and modules are this host's, mounted; no registry is asked.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@DisplayName("a host that vanishes")
class VanishedHostTest {
    private static final String IMAGE = "javelin-faults:latest";

    @TempDir
    Path folder;

    /** Without this setting Testcontainers asks a registry for an image of its own, and waits for minutes. */
    private static void requireEngine() {
        if (!"true".equals(System.getenv("TESTCONTAINERS_RYUK_DISABLED")) || System.getenv("DOCKER_HOST") == null) {
            Needs.skip("no container engine for the tests; .ci/run installs and starts one (DOCKER_HOST and"
                    + " TESTCONTAINERS_RYUK_DISABLED are not set)");
        }
        try {
            DockerClientFactory.instance().client().pingCmd().exec();
        } catch (DockerException | IllegalStateException e) {
            Needs.skip("the container engine at " + System.getenv("DOCKER_HOST") + " does not answer: " + e);
        }
    }

    /** A root file system of nothing but mount points and this system's links. */
    private void makeImage(DockerClient client) throws IOException, InterruptedException {
        Path root = Files.createDirectory(folder.resolve("root"));
        for (String name : List.of("usr", "etc", "tmp", "proc", "sys", "dev")) {
            Files.createDirectory(root.resolve(name));
        }
        for (String name : List.of("bin", "lib", "lib64")) {
            Path real = Path.of("/", name);
            if (Files.isSymbolicLink(real)) {
                Files.createSymbolicLink(root.resolve(name), Files.readSymbolicLink(real));
            } else if (Files.exists(real)) {
                Files.createDirectory(root.resolve(name));
            }
        }
        Files.writeString(folder.resolve("Dockerfile"), "FROM scratch\nADD root /\n");
        Process tar = new ProcessBuilder("tar", "-c", "-C", folder.toString(), "Dockerfile", "root").start();
        byte[] context = tar.getInputStream().readAllBytes();
        assertEquals(0, tar.waitFor());
        client.buildImageCmd(new ByteArrayInputStream(context))
                .withTags(Set.of(IMAGE))
                .exec(new BuildImageResultCallback())
                .awaitImageId();
    }

    /** This host's folders that the container needs, at the same places. */
    private List<Bind> mounts() throws IOException {
        TreeSet<String> folders = new TreeSet<>(List.of("/usr"));
        for (String name : List.of("/bin", "/lib", "/lib64")) {
            if (Files.isDirectory(Path.of(name)) && !Files.isSymbolicLink(Path.of(name))) {
                folders.add(name);
            }
        }
        Stream.concat(
                        Stream.of(
                                System.getProperty("java.home"),
                                Jvm.testClasses().toString()),
                        Stream.of(Jvm.modulePath().split(File.pathSeparator)))
                .map(Path::of)
                .map(path -> Files.isDirectory(path) ? path : path.getParent())
                .map(Path::toString)
                .filter(path -> !path.startsWith("/usr/"))
                .forEach(folders::add);
        List<Bind> binds = new ArrayList<>();
        for (String path : folders) {
            binds.add(Bind.parse(path + ":" + path + ":ro"));
        }
        binds.add(Bind.parse(folder + ":" + folder + ":rw"));
        return binds;
    }

    /** This host's address in the network of containers. */
    private static String gateway(DockerClient client) throws SocketException {
        String bridge = client.inspectNetworkCmd()
                .withNetworkId("bridge")
                .exec()
                .getOptions()
                .getOrDefault("com.docker.network.bridge.name", "docker0");
        return NetworkInterface.getByName(bridge)
                .inetAddresses()
                .filter(address -> address instanceof Inet4Address)
                .map(InetAddress::getHostAddress)
                .findFirst()
                .orElseThrow();
    }

    private static int freePort(String address) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            return socket.getLocalPort();
        }
    }

    private List<String> arguments(int node, String rendezvous, Path out) {
        return FitJob.arguments(
                out,
                List.of(
                        "--ranks=2",
                        "--nodes=2",
                        "--node=" + node,
                        "--rendezvous=" + rendezvous,
                        "--secret-file=" + folder.resolve("secret")));
    }

    @Test
    @DisplayName("is named by the other, which ends")
    void containerIsKilled() throws Exception {
        requireEngine();
        DockerClient client = DockerClientFactory.instance().client();
        Path out = folder.resolve("run");
        Files.writeString(folder.resolve("secret"), "c29tZSBzZWNyZXQgb2YgdGhlIHRlc3QgdGhhdCBpcyBsb25nIGVub3VnaA==");
        Files.setPosixFilePermissions(
                folder.resolve("secret"), java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        makeImage(client);
        String rendezvous = gateway(client) + ":" + freePort(gateway(client));
        List<Bind> mounts = mounts();
        List<String> command =
                Jvm.command("javelin.faults=container", "dev.javelin.cli.Main", arguments(1, rendezvous, out));
        try (GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(IMAGE));
                FitJob job = FitJob.of(out, List.of(), arguments(0, rendezvous, out))) {
            container
                    .withImagePullPolicy(image -> false)
                    .withCommand(command.toArray(String[]::new))
                    .withCreateContainerCmdModifier(create -> create.withHostName("javelin-container")
                            .getHostConfig()
                            .withBinds(mounts))
                    .start();
            job.awaitCheckpoint();
            long fault = System.nanoTime();
            client.killContainerCmd(container.getContainerId()).exec();
            job.assertFailed(
                    "a container with rank 1 is killed, tcp",
                    fault,
                    "JVL-RNK-0001 rank 1 (javelin-container",
                    "last seen in phase ",
                    ", step ");
            assertTrue(job.lastCheckpoint() >= 10);
        } finally {
            client.removeImageCmd(IMAGE).withForce(true).exec();
        }
    }
}
