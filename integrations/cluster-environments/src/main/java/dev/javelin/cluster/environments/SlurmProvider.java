package dev.javelin.cluster.environments;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Probe;
import dev.javelin.spi.Spi;
import dev.javelin.spi.cluster.ClusterPlace;
import dev.javelin.spi.cluster.ClusterProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Slurm: tasks of a step that {@code srun} started. The shell of {@code sbatch} or {@code salloc} is no task. Rank 0 is on
 * the first host of the step.
 *
 * <p>Source: srun(1), "OUTPUT ENVIRONMENT VARIABLES".
 */
public final class SlurmProvider implements ClusterProvider {

    @Override
    public String name() {
        return "slurm";
    }

    @Override
    public int spiMajor() {
        return Spi.MAJOR;
    }

    @Override
    public Probe probe() {
        return Probe.available("tasks started by srun");
    }

    @Override
    public Optional<ClusterPlace> place(Map<String, String> environment) {
        Variables variables = new Variables("Slurm", environment);
        boolean task =
                variables.has("SLURM_PROCID") && (variables.has("SLURM_STEP_ID") || variables.has("SLURM_STEPID"));
        // mpirun and torchrun, started by srun, leave its variables to the processes that they start.
        if (!task || OpenMpiProvider.started(variables) || TorchrunProvider.started(variables)) {
            return Optional.empty();
        }
        return Optional.of(place(variables));
    }

    private static ClusterPlace place(Variables variables) {
        int tasks = variables.number(variables.first("SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_NPROCS"));
        int node = variables.number("SLURM_NODEID");
        List<Integer> perNode =
                tasksPerNode(variables, variables.first("SLURM_STEP_TASKS_PER_NODE", "SLURM_TASKS_PER_NODE"));
        List<String> hosts =
                hosts(variables, variables.first("SLURM_STEP_NODELIST", "SLURM_NODELIST", "SLURM_JOB_NODELIST"));
        if (perNode.stream().mapToInt(Integer::intValue).sum() != tasks) {
            throw variables.error("the tasks per node " + perNode + " are not " + tasks + " tasks in all");
        }
        if (hosts.size() != perNode.size() || node >= hosts.size()) {
            throw variables.error("the hosts " + hosts + " do not go with the tasks per node " + perNode
                    + " and this node's number " + node);
        }
        String step = variables.require(variables.first("SLURM_STEP_ID", "SLURM_STEPID"));
        String job = "slurm-" + variables.text("SLURM_CLUSTER_NAME").orElse("cluster") + "-"
                + variables.require(variables.first("SLURM_JOB_ID", "SLURM_JOBID")) + "." + step;
        return ClusterPlace.of(job, variables.number("SLURM_PROCID"), tasks)
                .withLocal(variables.number("SLURM_LOCALID"), perNode.get(node))
                .withRendezvous(hosts.getFirst(), Ports.of(job));
    }

    /** For example {@code 2(x3),1}: 2, 2, 2, 1. */
    private static List<Integer> tasksPerNode(Variables variables, String name) {
        List<Integer> counts = new ArrayList<>();
        for (String part : variables.require(name).split(",", -1)) {
            if (!part.matches("[0-9]{1,6}(\\(x[0-9]{1,6}\\))?")) {
                throw error(variables, name, "expected counts like 2(x3),1");
            }
            int times = part.indexOf('(');
            int count = Integer.parseInt(times < 0 ? part : part.substring(0, times));
            int nodes = times < 0 ? 1 : Integer.parseInt(part.substring(times + 2, part.length() - 1));
            for (int i = 0; i < nodes; i++) {
                counts.add(count);
            }
        }
        return counts;
    }

    private static List<String> hosts(Variables variables, String name) {
        try {
            return HostList.expand(variables.require(name));
        } catch (IllegalArgumentException e) {
            throw error(variables, name, "expected hosts like node[01-03,7],gpu5");
        }
    }

    private static JavelinException error(Variables variables, String name, String expected) {
        return variables.error(name + " is '" + variables.require(name) + "', " + expected);
    }
}
