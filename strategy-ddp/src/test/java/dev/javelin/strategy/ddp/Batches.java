package dev.javelin.strategy.ddp;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.engine.run.HostBatch;
import dev.javelin.engine.run.Numbers;
import dev.javelin.engine.trace.Signature;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;

/** Rows for the tests, by fixed seeds. */
final class Batches {
    private Batches() {}

    /** The value of one element of a field. */
    interface Element {
        double at(int step, int micro, int row, int element);
    }

    static Signature tokens(long rows, long block) {
        SequencedMap<String, TensorType> fields = new LinkedHashMap<>();
        fields.put("tokens", TensorType.of(DType.INT32, rows, block));
        fields.put("targets", TensorType.of(DType.INT32, rows, block));
        return new Signature(rows, fields);
    }

    /** Random tokens. */
    static Job.Data randomTokens(long rows, long block, int vocabulary) {
        return (step, micro) -> {
            Random random = new Random(step * 100L + micro);
            Map<String, MemorySegment> fields = new LinkedHashMap<>();
            for (String name : List.of("tokens", "targets")) {
                MemorySegment memory = Arena.ofAuto().allocate(rows * block * 4, 64);
                for (long i = 0; i < rows * block; i++) {
                    Numbers.set(memory, DType.INT32, i, random.nextInt(vocabulary));
                }
                fields.put(name, memory);
            }
            return new HostBatch(fields, rows, 0);
        };
    }

    /** Gradients, row by row, for each parameter of a model of slopes. */
    static Job.Data slopes(Slopes model, DType dtype, long rows, Map<String, Element> elements) {
        return (step, micro) -> {
            Map<String, MemorySegment> fields = new LinkedHashMap<>();
            model.slopes().forEach((name, slope) -> {
                int size = (int) slope.shape().elements();
                MemorySegment memory = Arena.ofAuto().allocate(rows * size * dtype.bytes(), 64);
                for (int i = 0; i < rows * size; i++) {
                    Numbers.set(memory, dtype, i, elements.get(name).at(step, micro, i / size, i % size));
                }
                fields.put(name, memory);
            });
            return new HostBatch(fields, rows, 0);
        };
    }

    /** Normally distributed gradients. */
    static Element normal(long seed) {
        return (step, micro, row, element) -> new Random(
                        seed + 7_919L * step + 104_729L * micro + 1_299_709L * row + 15_485_863L * element)
                .nextGaussian();
    }

    /** The sum over rows and micro-batches of an element function: what one rank with all rows has as its gradient. */
    static double[] sum(Element element, int step, int micros, long rows, int size) {
        double[] sum = new double[size];
        for (int micro = 0; micro < micros; micro++) {
            for (int row = 0; row < rows; row++) {
                for (int i = 0; i < size; i++) {
                    sum[i] += element.at(step, micro, row, i);
                }
            }
        }
        return sum;
    }

    /** The states of all ranks behind a step, by name. */
    static List<double[]> across(List<List<Job.After>> ranks, int step, String state) {
        List<double[]> all = new ArrayList<>();
        ranks.forEach(rank -> all.add(rank.get(step - 1).state().get(state)));
        return all;
    }
}
