package dev.javelin.engine;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.TrainingModule;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Numbers;
import dev.javelin.engine.run.Session;
import dev.javelin.engine.run.StateEntry;
import dev.javelin.engine.run.StateMap;
import dev.javelin.engine.trace.Signature;
import dev.javelin.models.ModelSpec;
import dev.javelin.spi.Options;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.Unit;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** Small models, batches and devices that the tests share. */
public final class Fixtures {
    /** Two units, so that units and chunks matter. */
    public static final Strategy HALVES = (model, context) -> {
        List<String> paths =
                new ArrayList<>(model.parameters().stream().map(p -> p.path()).toList());
        int half = paths.size() / 2;
        return half == 0
                ? ParallelPlan.of(List.of(new Unit("all", paths)))
                : ParallelPlan.of(List.of(
                        new Unit("first", paths.subList(0, half)),
                        new Unit("second", paths.subList(half, paths.size()))));
    };

    private Fixtures() {}

    public static TrainingModule gpt(String settings) {
        return ModelSpec.parse("gpt:" + settings).module();
    }

    public static Signature tokens(long rows, long block) {
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        fields.put("tokens", TensorType.of(DType.INT32, rows, block));
        fields.put("targets", TensorType.of(DType.INT32, rows, block));
        return new Signature(rows, fields);
    }

    public static HostBatch randomTokens(long rows, long block, int vocab, long seed) {
        Random random = new Random(seed);
        Map<String, MemorySegment> fields = new TreeMap<>();
        for (String name : List.of("tokens", "targets")) {
            MemorySegment memory = Arena.ofAuto().allocate(rows * block * 4, 64);
            for (long i = 0; i < rows * block; i++) {
                Numbers.set(memory, DType.INT32, i, random.nextInt(vocab));
            }
            fields.put(name, memory);
        }
        return new HostBatch(fields, rows, 0);
    }

    public static Options cpuOptions(String... pairs) {
        Map<String, String> values = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            values.put(pairs[i], pairs[i + 1]);
        }
        return new Options("accelerator.cpu", values);
    }

    /** The CPU accelerator, as every plugin found by ServiceLoader. */
    public static AcceleratorProvider cpu() {
        return ServiceLoader.load(AcceleratorProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals("cpu"))
                .findFirst()
                .orElseThrow();
    }

    public static DevicePlanner planner(String... pairs) {
        return cpu().planner(cpuOptions(pairs));
    }

    public static Accelerator device(String... pairs) {
        return cpu().open(cpuOptions(pairs));
    }

    /** All persistent state of a session, by path and kind. */
    public static Map<String, double[]> state(Session session) {
        Map<String, double[]> all = new TreeMap<>();
        for (StateEntry entry : StateMap.persistent(session.compilation())) {
            all.put(entry.path() + ":" + entry.kind(), values(session, entry));
        }
        return all;
    }

    public static double[] values(Session session, StateEntry entry) {
        Array array = Array.zeros(entry.type());
        session.read(entry, array.memory());
        return array.toDoubles();
    }
}
