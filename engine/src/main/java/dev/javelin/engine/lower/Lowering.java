package dev.javelin.engine.lower;

import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.Shape;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.Accumulate;
import dev.javelin.api.operation.Affine;
import dev.javelin.api.operation.Cast;
import dev.javelin.api.operation.Fill;
import dev.javelin.api.operation.Log;
import dev.javelin.api.operation.Pack;
import dev.javelin.api.operation.View;
import dev.javelin.api.trainer.Averaging;
import dev.javelin.api.trainer.Clipping;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.engine.Weights;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.ModelPaths;
import dev.javelin.engine.program.Program;
import dev.javelin.engine.program.ProgramBuilder;
import dev.javelin.engine.program.Rewriting;
import dev.javelin.engine.program.Scalars;
import dev.javelin.engine.program.Site.Phase;
import dev.javelin.engine.program.Slot;
import dev.javelin.engine.program.Value;
import dev.javelin.engine.trace.Traced;
import dev.javelin.spi.collective.Group;
import dev.javelin.spi.strategy.Stage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

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
    private final PrecisionPlan precision;
    private final Set<Chunk> resident;

    /**
     * @param resident chunks whose parameters are kept in the type of products too
     * @param keepGradients whether gradients stay in a slot after the step even if it has one micro-batch
     * @param replicas the ranks that a batch is dealt over
     */
    public Lowering(
            ModelPaths paths,
            Chunks chunks,
            Clipping clipping,
            Averaging averaging,
            boolean keepGradients,
            Group replicas,
            PrecisionPlan precision,
            Set<Chunk> resident) {
        this.precision = precision;
        this.resident = Set.copyOf(resident);
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

    /** The chunks with parameters that these programs read in the type of products. */
    public static Set<Chunk> converted(List<Program> programs, Chunks chunks, DType compute) {
        return Narrowing.converted(programs, compute).stream().map(chunks::of).collect(Collectors.toSet());
    }

    /** The program that converts the parameters of these chunks to the type of products, for the others to read. */
    public static Program weights(ModelPaths paths, Collection<Chunk> chunks, String name) {
        ProgramBuilder builder = new ProgramBuilder(paths, false);
        builder.enter(Phase.UPDATE);
        for (Chunk chunk : chunks) {
            builder.output(builder.input(chunk.values()).cast(chunk.precision().compute()), chunk.weights());
        }
        return builder.build(name);
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
        private final Narrowing narrowing = new Narrowing();

        Writing(Stage stage, Traced step, Variant variant) {
            builder = new ProgramBuilder(paths, true);
            copy = new Rewriting(builder);
            weights = Weights.LAST;
            reduction = new Reduction(builder, replicas, stage, precision.reduce(), () -> ownWeight(step, variant));
        }

        /** A program that reduces no gradients. */
        Writing(String name, Weights weights) {
            this.weights = weights;
            builder = new ProgramBuilder(paths, false);
            copy = new Rewriting(builder);
            reduction = new Reduction(builder, replicas, Stage.reducing(name), precision.reduce(), () -> {
                throw new IllegalStateException("no gradients, no weight");
            });
        }

        void inputs(Program program) {
            for (Program.Input input : program.inputs()) {
                Slot slot = input.slot();
                if (slot.kind() == Slot.Kind.PARAMETER) {
                    copy.replace(input.value(), parameter(slot.name()));
                    narrowing.parameter(input.value(), slot.name());
                } else {
                    copy.replace(input.value(), builder.input(slot));
                }
            }
        }

        private Tensor parameter(String path) {
            Chunk.Member member = chunks.member(path);
            return cast(view(builder.input(weights.of(chunks.of(path))), member), paths.dtype());
        }

        /** A parameter, or a rearrangement of some, in the type of products, where that is kept. */
        private Optional<Tensor> narrow(Instruction instruction) {
            if (weights != Weights.LAST
                    || !(instruction.operation() instanceof Cast to)
                    || to.dtype() != precision.compute()
                    || !narrowing.known(instruction.inputs().getFirst())) {
                return Optional.empty();
            }
            Value value = instruction.inputs().getFirst();
            boolean all = narrowing.paths(value).map(chunks::of).allMatch(resident::contains);
            return all
                    ? Optional.of(narrowing.read(
                            value,
                            builder,
                            path -> view(builder.input(chunks.of(path).weights()), chunks.member(path))))
                    : Optional.empty();
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
                Update update = new Update(builder, clipping, averaging, reduction, resident, scaled());
                Update.Outcome outcome = update.write(packed, sums.loss, sums.weight);
                report(Metrics.gradientNorm(scalar()), outcome.norm(), false);
                report(Metrics.finite(), outcome.finite(), false);
            }
        }

        /** Type of losses and other scalars. */
        private DType scalar() {
            return paths.dtype().wide();
        }

        /** What the backward pass began with instead of 1. */
        private Optional<Tensor> scaled() {
            return precision.scaling().active()
                    ? Optional.of(builder.input(Scalars.lossSeed(scalar())))
                    : Optional.empty();
        }

        /**
         * Reports loss, weight and logged scalars, summed over micro-batches and, at the end of a step, over ranks. Until
         * then the sums of one rank lie in slots of their own.
         */
        Sums reportSums(Traced step, Variant variant) {
            SequencedMap<Slot, Tensor> parts = new LinkedHashMap<>();
            parts.put(Metrics.loss(scalar()), copied(copy.tensor(step.lossSum())));
            parts.put(Metrics.weight(scalar()), copied(copy.tensor(step.lossWeight())));
            boolean apart = !reduction.alone();
            Tensor rows = Objects.requireNonNull(parts.get(Metrics.weight(scalar())));
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
            Slot before = Metrics.ofRank(Metrics.weight(scalar()));
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
                narrowing.instruction(instruction);
                Optional<Tensor> kept = narrow(instruction);
                if (kept.isPresent()) {
                    copy.replace(instruction.outputs().getFirst(), kept.get());
                } else if (instruction.operation() instanceof Log log) {
                    Tensor own = copy.tensor(instruction.inputs().getFirst());
                    Tensor scalar = copied(cast(own, own.dtype().wide()));
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
                Tensor fresh = kept(copy.tensor(value));
                complete.put(path, gradient(path, fresh, variant));
                Chunk chunk = chunks.of(path);
                if (chunk.members().stream().allMatch(member -> complete.containsKey(member.path()))) {
                    packed.put(chunk, packed(chunk, variant));
                }
            }
        }

        /** A gradient in the type that gradients are kept in; one that was just widened from it is taken as it was. */
        private Tensor kept(Tensor gradient) {
            DType type = precision.gradAccum();
            Optional<Tensor> before = builder.producer(gradient)
                    .filter(producer -> producer.operation() instanceof Cast)
                    .map(producer -> builder.tensor(producer.inputs().getFirst()))
                    .filter(narrow -> narrow.dtype() == type && gradient.dtype() == type.wide());
            return before.orElseGet(() -> cast(gradient, type));
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
            Operation fill = new Fill(new TensorType(precision.gradAccum(), Shape.of(elements)), 0);
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
