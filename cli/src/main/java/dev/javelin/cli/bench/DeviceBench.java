package dev.javelin.cli.bench;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.cli.config.RunConfig;
import dev.javelin.cli.run.Job;
import dev.javelin.engine.Compilation;
import dev.javelin.engine.lower.Variant;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.schedule.Schedule;
import dev.javelin.spi.collective.Collective;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.KernelPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Measures every instruction of a model's step alone on a device, beside the device's limits. */
public final class DeviceBench {
    private final RunConfig config;
    private final Job job;
    private final double leastSeconds;
    private final Consumer<String> progress;

    /**
     * @param leastSeconds for which each instruction is measured at least
     * @param progress hears what is being done
     */
    public DeviceBench(RunConfig config, Job job, double leastSeconds, Consumer<String> progress) {
        this.config = config;
        this.job = job;
        this.leastSeconds = leastSeconds;
        this.progress = progress;
    }

    /** Kernels that are equal, wherever they are in the program. */
    private record Kind(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        String types() {
            return inputs + " -> " + outputs;
        }
    }

    /** Measures; takes so long for each of some fifty instructions that differ. */
    public DeviceReport run() {
        Compilation compilation = job.compile();
        Map<Kind, Integer> kinds = kinds(compilation);
        try (Accelerator device = job.accelerator().open(job.acceleratorOptions())) {
            progress.accept("measuring the limits of " + device.planner().name());
            Launches launches = new Launches(device, leastSeconds);
            DeviceReport.Limits limits = new DeviceLimits(device, productType(kinds), launches).measure();
            List<DeviceReport.Measured> rows = new ArrayList<>();
            kinds.forEach((kind, calls) -> {
                progress.accept("instruction " + (rows.size() + 1) + " of " + kinds.size() + ": "
                        + kind.operation().name());
                rows.add(measured(kind, calls, device, launches));
            });
            return new DeviceReport(
                    device.planner().name(),
                    config.model().text(),
                    config.trainer().precision().label(),
                    limits,
                    rows);
        }
    }

    private static DeviceReport.Measured measured(Kind kind, int calls, Accelerator device, Launches launches) {
        KernelPlan plan = device.planner()
                .plan(kind.operation(), kind.inputs(), kind.outputs())
                .orElseThrow();
        double seconds = launches.seconds(kind.operation(), kind.inputs(), kind.outputs());
        return new DeviceReport.Measured(
                kind.operation().name(), kind.types(), calls, seconds, plan.flops(), plan.bytes());
    }

    /** What an optimizer step launches, with how often. */
    private static Map<Kind, Integer> kinds(Compilation compilation) {
        Map<Kind, Integer> kinds = new LinkedHashMap<>();
        int accumulation = compilation.options().accumulation();
        for (int i = 0; i < accumulation; i++) {
            String program = Variant.of(i, accumulation).program();
            for (Schedule.Issue issue : compilation.program(program).schedule().issues()) {
                Instruction instruction = issue.instruction();
                boolean launched = instruction.view().isEmpty()
                        && !instruction.operation().effect()
                        && !(instruction.operation() instanceof Collective);
                if (launched) {
                    Kind kind = new Kind(instruction.operation(), instruction.inputTypes(), instruction.outputTypes());
                    kinds.merge(kind, 1, Integer::sum);
                }
            }
        }
        return kinds;
    }

    /** The type that most of the step's products are computed in. */
    private DType productType(Map<Kind, Integer> kinds) {
        return kinds.keySet().stream()
                .filter(kind -> kind.operation().name().endsWith("matmul"))
                .map(kind -> kind.inputs().getFirst().dtype())
                .findFirst()
                .orElse(config.trainer().types().compute());
    }
}
