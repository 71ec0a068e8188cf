package dev.javelin.cluster.environments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Spi;
import dev.javelin.spi.cluster.ClusterPlace;
import dev.javelin.spi.cluster.ClusterProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ClusterPlacesTest {
    private static final List<ClusterProvider> ALL =
            List.of(new SlurmProvider(), new OpenMpiProvider(), new TorchrunProvider(), new KubernetesProvider());

    /** A recorded environment, one variable a line. */
    static Map<String, String> recorded(String name) throws IOException {
        try (InputStream in = ClusterPlacesTest.class.getResourceAsStream(name)) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    static Map<String, String> parse(String lines) {
        Map<String, String> environment = new HashMap<>();
        lines.lines()
                .filter(line -> line.matches("[A-Za-z_][A-Za-z0-9_]*=.*"))
                .forEach(line ->
                        environment.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
        return environment;
    }

    /** The one answer; that the others have none is part of the contract. */
    static ClusterPlace only(String name, Map<String, String> environment) {
        ClusterPlace only = null;
        for (ClusterProvider provider : ALL) {
            Optional<ClusterPlace> place = provider.place(environment);
            assertEquals(provider.name().equals(name), place.isPresent(), provider.name());
            only = place.orElse(only);
        }
        return only;
    }

    private static String problem(ClusterProvider provider, Map<String, String> environment) {
        JavelinException e = assertThrows(JavelinException.class, () -> provider.place(environment));
        assertEquals("JVL-CLU-0001", e.code());
        assertTrue(!e.remedy().isBlank());
        return e.problem();
    }

    private static Map<String, String> with(Map<String, String> environment, String... pairs) {
        Map<String, String> changed = new HashMap<>(environment);
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i + 1].isEmpty()) {
                changed.remove(pairs[i]);
            } else {
                changed.put(pairs[i], pairs[i + 1]);
            }
        }
        return changed;
    }

    @Test
    void anOrdinaryEnvironmentIsNoCluster() {
        for (ClusterProvider provider : ALL) {
            assertEquals(
                    Optional.empty(), provider.place(Map.of("PATH", "/bin", "HOSTNAME", "a-1", "RANK", "captain")));
            assertEquals(Optional.empty(), provider.place(Map.of()));
        }
    }

    @Test
    void theServiceLoaderFindsThemAll() {
        ClusterPlacesTest.class.getModule().addUses(ClusterProvider.class);
        TreeSet<String> names = new TreeSet<>();
        for (ClusterProvider provider : ServiceLoader.load(ClusterProvider.class)) {
            assertEquals(Spi.MAJOR, provider.spiMajor());
            assertTrue(provider.probe().available());
            names.add(provider.name());
        }
        assertTrue(names.containsAll(List.of("slurm", "openmpi", "torchrun", "kubernetes")), names.toString());
    }

    @Test
    void aTaskOfSlurmIsPlacedByWhatSrunSet() throws Exception {
        ClusterPlace place = only("slurm", recorded("slurm-22.05-task-1-of-2"));
        assertEquals("slurm-one-1.0", place.job());
        assertEquals(
                List.of(1, 2, 1, 2),
                List.of(place.process(), place.processes(), place.localProcess(), place.localProcesses()));
        assertEquals(Optional.of("vm"), place.rendezvousHost());
        assertEquals(Ports.of("slurm-one-1.0"), place.rendezvousPort());
    }

    @Test
    void tasksOfSlurmOnSeveralHostsMeetOnTheFirst() throws Exception {
        Map<String, String> environment = with(
                recorded("slurm-22.05-task-1-of-2"),
                "SLURM_STEP_NODELIST",
                "node[09-11],gpu5",
                "SLURM_STEP_TASKS_PER_NODE",
                "2(x3),1",
                "SLURM_STEP_NUM_TASKS",
                "7",
                "SLURM_PROCID",
                "6",
                "SLURM_LOCALID",
                "0",
                "SLURM_NODEID",
                "3");
        ClusterPlace place = only("slurm", environment);
        assertEquals(Optional.of("node09"), place.rendezvousHost());
        assertEquals(
                List.of(6, 7, 0, 1),
                List.of(place.process(), place.processes(), place.localProcess(), place.localProcesses()));
        assertTrue(problem(new SlurmProvider(), with(environment, "SLURM_STEP_NUM_TASKS", "8"))
                .contains("[2, 2, 2, 1] are not 8 tasks"));
        assertTrue(problem(new SlurmProvider(), with(environment, "SLURM_STEP_NODELIST", "node[09-10]"))
                .contains("do not go with"));
        assertTrue(problem(new SlurmProvider(), with(environment, "SLURM_STEP_NODELIST", "node[09-"))
                .contains("expected hosts like"));
        assertTrue(problem(new SlurmProvider(), with(environment, "SLURM_STEP_TASKS_PER_NODE", "two"))
                .contains("expected counts like"));
        assertTrue(problem(new SlurmProvider(), with(environment, "SLURM_LOCALID", ""))
                .contains("SLURM_LOCALID"));
        assertTrue(problem(new SlurmProvider(), with(environment, "SLURM_PROCID", "7"))
                .contains("process 7 of 7"));
    }

    @Test
    void theShellOfABatchJobIsNoTask() throws Exception {
        Map<String, String> shell = with(recorded("slurm-22.05-task-1-of-2"), "SLURM_STEP_ID", "", "SLURM_STEPID", "");
        assertEquals(Optional.empty(), new SlurmProvider().place(shell));
    }

    @Test
    void aProcessOfMpirunIsPlacedByWhatOpenMpiSet() throws Exception {
        ClusterPlace place = only("openmpi", recorded("openmpi-4.1.4-rank-1-of-2"));
        assertEquals("openmpi-2103902209", place.job());
        assertEquals(
                List.of(1, 2, 1, 2),
                List.of(place.process(), place.processes(), place.localProcess(), place.localProcesses()));
        assertEquals(Optional.of("127.0.0.1"), place.rendezvousHost());
        assertEquals(Ports.of(place.job()), place.rendezvousPort());
    }

    @Test
    void onSeveralHostsMpirunDoesNotTellWhereToMeet() throws Exception {
        Map<String, String> environment = with(
                recorded("openmpi-4.1.4-rank-1-of-2"),
                "OMPI_COMM_WORLD_LOCAL_SIZE",
                "1",
                "OMPI_COMM_WORLD_LOCAL_RANK",
                "0");
        ClusterPlace place = only("openmpi", environment);
        assertEquals(Optional.empty(), place.rendezvousHost());
        assertEquals(0, place.rendezvousPort());
        assertTrue(problem(new OpenMpiProvider(), with(environment, "PMIX_RANK", "0"))
                .contains("PMIX_RANK is 0"));
        assertTrue(problem(new OpenMpiProvider(), with(environment, "OMPI_COMM_WORLD_SIZE", ""))
                .contains("OMPI_COMM_WORLD_SIZE is not set"));
        assertTrue(problem(new OpenMpiProvider(), with(environment, "OMPI_COMM_WORLD_SIZE", "-2"))
                .contains("'-2', expected a whole number"));
    }

    /** By the table of torchrun's documentation. */
    private static Map<String, String> torchrun() {
        return Map.of(
                "RANK", "5",
                "WORLD_SIZE", "8",
                "LOCAL_RANK", "1",
                "LOCAL_WORLD_SIZE", "4",
                "GROUP_RANK", "1",
                "ROLE_RANK", "5",
                "ROLE_WORLD_SIZE", "8",
                "MASTER_ADDR", "node01",
                "MASTER_PORT", "29400",
                "TORCHELASTIC_RUN_ID", "tuesday");
    }

    @Test
    void aProcessOfTorchrunIsPlacedByItsVariables() {
        ClusterPlace place = only("torchrun", torchrun());
        assertEquals(
                List.of(5, 8, 1, 4),
                List.of(place.process(), place.processes(), place.localProcess(), place.localProcesses()));
        assertEquals(Optional.of("node01"), place.rendezvousHost());
        assertEquals(29400, place.rendezvousPort());
    }

    @Test
    void whereTorchrunsAgentHasTakenThePortAnotherOneIsDerived() {
        Map<String, String> environment = with(torchrun(), "TORCHELASTIC_USE_AGENT_STORE", "True");
        ClusterPlace place = only("torchrun", environment);
        assertEquals(Ports.of(place.job()), place.rendezvousPort());
    }

    @Test
    void withoutLocalVariablesEachProcessHasAHostToItself() {
        Map<String, String> environment = with(torchrun(), "LOCAL_RANK", "", "LOCAL_WORLD_SIZE", "");
        ClusterPlace place = only("torchrun", environment);
        assertEquals(List.of(0, 1), List.of(place.localProcess(), place.localProcesses()));
        assertTrue(problem(new TorchrunProvider(), with(torchrun(), "LOCAL_WORLD_SIZE", ""))
                .contains("LOCAL_WORLD_SIZE is not set"));
        assertTrue(problem(new TorchrunProvider(), with(torchrun(), "MASTER_ADDR", ""))
                .contains("MASTER_ADDR"));
        assertTrue(problem(new TorchrunProvider(), with(torchrun(), "MASTER_PORT", "70000"))
                .contains("70000"));
    }

    @Test
    void aPodOfAnIndexedJobIsPlacedByItsIndexAndTheCountThatTheTemplateSets() {
        Map<String, String> environment = Map.of(
                "JOB_COMPLETION_INDEX",
                "2",
                "HOSTNAME",
                "train-2",
                "WORLD_SIZE",
                "4",
                "KUBERNETES_SERVICE_HOST",
                "10.96.0.1");
        ClusterPlace place = only("kubernetes", environment);
        assertEquals(
                List.of(2, 4, 0, 1),
                List.of(place.process(), place.processes(), place.localProcess(), place.localProcesses()));
        assertEquals(Optional.of("train-0.train"), place.rendezvousHost());
        assertEquals(Ports.of("kubernetes-train"), place.rendezvousPort());
        ClusterPlace told =
                only("kubernetes", with(environment, "MASTER_ADDR", "train-0.headless", "MASTER_PORT", "4000"));
        assertEquals(Optional.of("train-0.headless"), told.rendezvousHost());
        assertEquals(4000, told.rendezvousPort());
        assertTrue(problem(new KubernetesProvider(), with(environment, "WORLD_SIZE", ""))
                .contains("set it in the pod's template"));
        assertTrue(problem(new KubernetesProvider(), with(environment, "HOSTNAME", "train-1"))
                .contains("'train-1', expected"));
        assertTrue(problem(new KubernetesProvider(), with(environment, "WORLD_SIZE", "2"))
                .contains("process 2 of 2"));
    }

    @Test
    void theInnermostEngineCounts() throws Exception {
        Map<String, String> both = new HashMap<>(recorded("slurm-22.05-task-1-of-2"));
        both.putAll(recorded("openmpi-4.1.4-rank-1-of-2"));
        only("openmpi", both);
        both.put("JOB_COMPLETION_INDEX", "0");
        only("openmpi", both);
        both.putAll(torchrun());
        only("torchrun", both);
    }

    @Test
    void portsAreInTheirRangeAndDifferentJobsSeldomShareOne() {
        TreeSet<Integer> ports = new TreeSet<>();
        for (int job = 0; job < 100; job++) {
            int port = Ports.of("slurm-one-" + job + ".0");
            assertTrue(port >= 10_000 && port < 30_000, "port " + port);
            ports.add(port);
        }
        assertTrue(ports.size() > 95, ports.size() + " different ports of 100 jobs");
    }

    @Test
    void listsOfHostsAreExpandedAsSlurmDoes() {
        assertEquals(List.of("node01", "node02", "node03", "node7", "gpu5"), HostList.expand("node[01-03,7],gpu5"));
        assertEquals(List.of("a"), HostList.expand("a"));
        assertEquals(List.of("n098", "n099", "n100", "n101"), HostList.expand("n[098-101]"));
        assertEquals(List.of("n8", "n9", "n10"), HostList.expand("n[8-10]"));
        assertEquals(
                List.of("r1n1", "r1n2", "r2n1", "r2n2", "x-1.cluster"), HostList.expand("r[1-2]n[1-2],x-[1].cluster"));
        for (String wrong :
                List.of("", "a,", "a[1", "a[2-1]", "a[x]", "a]", "a[1,]", "a[[1]]", "a[1-]", "a[0-9999999]")) {
            assertThrows(IllegalArgumentException.class, () -> HostList.expand(wrong), wrong);
        }
    }
}
