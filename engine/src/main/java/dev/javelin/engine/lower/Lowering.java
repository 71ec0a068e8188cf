package dev.javelin.engine.lower;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Log;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.View;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.engine.Weights;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Rewriting;
import dev.javelin.engine.program.Site.Phase;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import dev.javelin.engine.trace.Traced;
import dev.javelin.spi.collective.Group;
import dev.javelin.spi.strategy.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * Turns a traced step into a program over chunks. Data walk: parameters become views of their chunks; each gradient,
 * as soon as it is complete, is added to its chunk (or becomes part of it); a chunk whose gradients are all there is
 * packed; after the last one the {@link Update} is written.
 */
public final class Lowering {
    private final ModelPaths paths;
    private final Chunks chunks;
    private final Clipping clipping;
    private final Averaging averaging;
    private final boolean keepGradients;
    private final Group replicas;

    /**
     * @param keepGradients whether gradients stay in a slot after the step even if it has one micro-batch
     * @param replicas the ranks that a batch is dealt over
     */
    public Lowering(
            ModelPaths paths,
            Chunks chunks,
            Clipping clipping,
            Averaging averaging,
            boolean keepGradients,
            Group replicas) {
        this.averaging = averaging;
        this.replicas = replicas;
        this.paths = paths;
        this.chunks = chunks;
        this.clipping = clipping;
        this.keepGradients = keepGradients;
    }

    /**
     * A training program for one variant.
     *
     * @param stage what ranks exchange; matters to variants that update
     * @param name of the program
     */
    public Program training(Traced step, Variant variant, Stage stage, String name) {
        Writing writing = new Writing(stage, step, variant);
        writing.trainingStep(step, variant);
        return writing.builder.build(name);
    }

    /** A validation program of this name, over these weights: losses into metric slots. */
    public Program validation(Traced step, String name, Weights weights) {
        Writing writing = new Writing(name, weights);
        writing.inputs(step.program());
        writing.body(step.program(), Variant.ONLY, Map.of());
        writing.builder.enter(Phase.REDUCE);
        writing.reportSums(step, Variant.ONLY);
        return writing.builder.build(name);
    }

    /** An inference program: its outputs stay what they are. */
    public Program inference(Program program) {
        Writing writing = new Writing("infer", Weights.LAST);
        writing.inputs(program);
        writing.body(program, Variant.ONLY, Map.of());
        program.outputs().forEach(output -> writing.report(output.slot(), writing.copy.tensor(output.value()), false));
        return writing.builder.build(program.name());
    }

    /** One lowered program under construction. */
    private final class Writing {
        final ProgramBuilder builder;
        final Rewriting copy;
        private final Map<String, Tensor> complete = new HashMap<>();
        private final Map<Chunk, Tensor> packed = new LinkedHashMap<>();
        private final SequencedMap<Slot, Tensor> logged = new LinkedHashMap<>();
        private final Weights weights;
        private final Reduction reduction;

        Writing(Stage stage, Traced step, Variant variant) {
            builder = new ProgramBuilder(paths, true);
            copy = new Rewriting(builder);
            weights = Weights.LAST;
            reduction = new Reduction(builder, replicas, stage, () -> ownWeight(step, variant));
        }

        /** A program that reduces no gradients. */
        Writing(String name, Weights weights) {
            this.weights = weights;
            builder = new ProgramBuilder(paths, false);
            copy = new Rewriting(builder);
            reduction = new Reduction(builder, replicas, Stage.reducing(name), () -> {
                throw new IllegalStateException("no gradients, no weight");
            });
        }

        void inputs(Program program) {
            for (Program.Input input : program.inputs()) {
                Slot slot = input.slot();
                copy.replace(
                        input.value(),
                        slot.kind() == Slot.Kind.PARAMETER ? parameter(slot.name()) : builder.input(slot));
            }
        }

        private Tensor parameter(String path) {
            Chunk.Member member = chunks.member(path);
            return view(builder.input(weights.of(chunks.of(path))), member);
        }

        private Tensor view(Tensor chunk, Chunk.Member member) {
            return builder.emit(new View(member.offset(), member.shape()), chunk);
        }

        void trainingStep(Traced step, Variant variant) {
            inputs(step.program());
            Map<Value, List<String>> awaited = new HashMap<>();
            step.gradients()
                    .forEach((path, value) -> awaited.computeIfAbsent(value, v -> new ArrayList<>())
                            .add(path));
            body(step.program(), variant, awaited);
            builder.enter(Phase.REDUCE);
            Sums sums = reportSums(step, variant);
            if (variant.updates()) {
                builder.enter(Phase.UPDATE);
                Update.Outcome outcome =
                        new Update(builder, clipping, averaging, reduction).write(packed, sums.loss, sums.weight);
                report(Metrics.gradientNorm(paths.dtype()), outcome.norm(), false);
                report(Metrics.finite(), outcome.finite(), false);
            }
        }

        /**
         * Reports loss, weight and logged scalars, summed over micro-batches and, at the end of a step, over ranks. Until
         * then the sums of one rank lie in slots of their own.
         */
        Sums reportSums(Traced step, Variant variant) {
            SequencedMap<Slot, Tensor> parts = new LinkedHashMap<>();
            parts.put(Metrics.loss(paths.dtype()), copied(copy.tensor(step.lossSum())));
            parts.put(Metrics.weight(paths.dtype()), copied(copy.tensor(step.lossWeight())));
            boolean apart = !reduction.alone();
            Tensor rows = Objects.requireNonNull(parts.get(Metrics.weight(paths.dtype())));
            logged.forEach((slot, value) -> parts.put(slot, apart ? weighted(value, rows) : value));
            List<Tensor> own = new ArrayList<>();
            parts.forEach((slot, part) -> {
                Slot local = apart ? Metrics.ofRank(slot) : slot;
                boolean kept = !apart || !variant.updates() || variant.accumulates();
                own.add(kept ? report(local, part, variant.accumulates()) : part);
            });
            Tensor localWeight = own.get(1);
            if (!apart || !variant.updates()) {
                return new Sums(own.get(0), own.get(1));
            }
            List<Tensor> sums = sumsByType(own);
            int i = 0;
            for (Slot slot : parts.keySet()) {
                Tensor sum = sums.get(i++);
                boolean mean = slot.name().startsWith(Metrics.LOG);
                report(slot, mean ? sum.divide(cast(sums.get(1), sum.dtype())) : sum, false);
            }
            return new Sums(sums.get(0), reduction.local() ? localWeight : sums.get(1));
        }

        /** The weight of this rank's rows in all micro-batches so far, before it is added up in its slot. */
        private Tensor ownWeight(Traced step, Variant variant) {
            Tensor own = copied(copy.tensor(step.lossWeight()));
            Slot before = Metrics.ofRank(Metrics.weight(paths.dtype()));
            return variant.accumulates() ? builder.input(before).add(own) : own;
        }

        /** A rank's logged scalar, to be added to the others' by weight: one without rows has nothing to say. */
        private Tensor weighted(Tensor value, Tensor weight) {
            Tensor own = cast(weight, value.dtype());
            Tensor none = value.full(Shape.scalar(), 0);
            return none.less(own).select(value.multiply(own), none);
        }

        private Tensor cast(Tensor value, DType dtype) {
            return value.dtype() == dtype ? value : value.cast(dtype);
        }

        /** One collective for each dtype: a logged scalar may have another than the loss. */
        private List<Tensor> sumsByType(List<Tensor> own) {
            Map<DType, List<Tensor>> byType = new LinkedHashMap<>();
            own.forEach(part ->
                    byType.computeIfAbsent(part.dtype(), t -> new ArrayList<>()).add(part));
            Map<Tensor, Tensor> sums = new IdentityHashMap<>();
            byType.forEach((dtype, parts) -> {
                List<Tensor> reduced = reduction.sums(parts);
                for (int i = 0; i < parts.size(); i++) {
                    sums.put(parts.get(i), reduced.get(i));
                }
            });
            return own.stream()
                    .map(part -> Objects.requireNonNull(sums.get(part)))
                    .toList();
        }

        void body(Program program, Variant variant, Map<Value, List<String>> awaited) {
            for (Program.Input input : program.inputs()) {
                gradients(input.value(), awaited, variant);
            }
            for (Instruction instruction : program.instructions()) {
                if (instruction.operation() instanceof Log log) {
                    Tensor scalar = copied(copy.tensor(instruction.inputs().getFirst()));
                    logged.put(Metrics.log(log.label(), scalar.dtype()), scalar);
                } else {
                    copy.copy(instruction);
                    instruction.outputs().forEach(output -> gradients(output, awaited, variant));
                }
            }
        }

        private void gradients(Value value, Map<Value, List<String>> awaited, Variant variant) {
            for (String path : awaited.getOrDefault(value, List.of())) {
                builder.enter(Phase.BACKWARD);
                complete.put(path, gradient(path, copy.tensor(value), variant));
                Chunk chunk = chunks.of(path);
                if (chunk.members().stream().allMatch(member -> complete.containsKey(member.path()))) {
                    packed.put(chunk, packed(chunk, variant));
                }
            }
        }

        private Tensor gradient(String path, Tensor fresh, Variant variant) {
            if (!variant.accumulates()) {
                return fresh;
            }
            Chunk chunk = chunks.of(path);
            Tensor sum = view(builder.input(chunk.gradients()), chunks.member(path));
            return builder.emit(new Accumulate(), sum, fresh);
        }

        private Tensor packed(Chunk chunk, Variant variant) {
            Tensor flat = pack(chunk);
            Tensor gradient = variant.updates() ? reduction.gradients(chunk, flat) : flat;
            if (variant != Variant.ONLY || keepGradients) {
                builder.output(gradient, chunk.gradients());
            }
            return gradient;
        }

        private Tensor pack(Chunk chunk) {
            List<Tensor> parts = new ArrayList<>();
            long end = 0;
            for (Chunk.Member member : chunk.members()) {
                if (member.offset() > end) {
                    parts.add(zeros(chunk, member.offset() - end));
                }
                parts.add(complete.get(member.path()));
                end = member.end();
            }
            return builder.emit(new Pack(chunk.type().elements()), parts).getFirst();
        }

        private Tensor zeros(Chunk chunk, long elements) {
            Operation fill = new Fill(
                    new dev.javelin.api.TensorType(chunk.type().dtype(), dev.javelin.api.Shape.of(elements)), 0);
            return builder.emit(fill);
        }

        /** A scalar as it is now: it may be a view of a parameter that the update will overwrite. */
        private Tensor copied(Tensor scalar) {
            return builder.emit(new Affine(1, 0), scalar);
        }

        /** Computes a value into a slot, or adds it to what is there; returns what the slot then holds. */
        Tensor report(Slot slot, Tensor value, boolean add) {
            if (add) {
                return builder.emit(new Accumulate(), builder.input(slot), value);
            }
            builder.output(value, slot);
            return value;
        }
    }

    /**
     * Scalars of a step.
     *
     * @param loss summed over the ranks
     * @param weight that gradients are divided by
     */
    private record Sums(Tensor loss, Tensor weight) {}
}
