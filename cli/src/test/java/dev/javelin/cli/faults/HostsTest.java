package dev.javelin.cli.faults;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** One Javelin on each of two hosts, started by hand. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
@DisplayName("two hosts")
class HostsTest {
    @TempDir
    Path folder;

    private FitJob start(TwoHosts hosts, int node, Path out) {
        List<String> arguments = FitJob.arguments(
                out,
                List.of(
                        "--ranks=2",
                        "--nodes=2",
                        "--node=" + node,
                        "--rendezvous=" + hosts.rendezvous(),
                        "--secret-file=" + hosts.secret()));
        return FitJob.of(out, hosts.on(node), arguments);
    }

    @Test
    @DisplayName("each end and name the other when the link between them goes down")
    void linkGoesDown() {
        Path out = folder.resolve("run");
        try (TwoHosts hosts = new TwoHosts(folder);
                FitJob zero = start(hosts, 0, out);
                FitJob one = start(hosts, 1, out)) {
            zero.awaitCheckpoint();
            long fault = hosts.cut();
            zero.assertFailed(
                    "link down, as the first host sees it, tcp",
                    fault,
                    "JVL-RNK-0001 rank 1 (javelin-b",
                    "has not been heard of for",
                    "the link to it is down",
                    "rank 0 waits in step ");
            one.assertFailed(
                    "link down, as the second host sees it, tcp",
                    fault,
                    "JVL-RNK-0001 rank 0",
                    "has not been heard of for");
            hosts.assertIdle();
        }
    }
}
