package dev.javelin.engine.program;

import dev.javelin.api.Graph;
import dev.javelin.api.JavelinException;
import dev.javelin.api.Layer;
import dev.javelin.api.Operation;
import dev.javelin.api.Parameter;
import dev.javelin.api.Tensor;
import dev.javelin.api.TensorType;
import dev.javelin.engine.program.Site.Phase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes a program: the graph behind the tensors of tracing, differentiating and lowering alike. Inputs are created at
 * their first use, one per slot.
 */
public final class ProgramBuilder implements Graph {
    private final ModelPaths paths;
    private final boolean training;
    private final boolean states;
    private final SequencedMap<Slot, Tensor> inputs = new LinkedHashMap<>();
    private final List<Instruction> instructions = new ArrayList<>();
    private final SequencedMap<Slot, Value> outputs = new LinkedHashMap<>();
    private final List<Value> values = new ArrayList<>();
    private final Map<Value, Instruction> producers = new HashMap<>();
    private final Map<String, Integer> randomCalls = new LinkedHashMap<>();
    private final Places places = new Places();
    private String path = "";
    private Phase phase = Phase.FORWARD;
    private @Nullable Site fixed;

    /** A builder for the layers that {@code paths} knows. */
    public ProgramBuilder(ModelPaths paths, boolean training) {
        this(paths, training, false);
    }

    private ProgramBuilder(ModelPaths paths, boolean training, boolean states) {
        this.paths = paths;
        this.training = training;
        this.states = states;
    }

    /** A builder for inference, where model code may keep state. */
    public static ProgramBuilder inference(ModelPaths paths) {
        return new ProgramBuilder(paths, false, true);
    }

    // The program under construction -------------------------------------------------------------------------------

    /** The contents of a slot at the start of the program. */
    public Tensor input(Slot slot) {
        return inputs.computeIfAbsent(slot, s -> tensor(value(s.type())));
    }

    /** Lets a value be computed into a slot's memory. */
    public void output(Tensor tensor, Slot slot) {
        outputs.put(slot, value(tensor));
    }

    /** Instructions so far; grows while the program is written. */
    public List<Instruction> instructions() {
        return instructions;
    }

    /** Marks the instructions from now on as belonging to a phase. */
    public void enter(Phase other) {
        phase = other;
    }

    /** Runs {@code body} with a given site for all instructions that it writes. */
    public <T> T at(Site site, Supplier<T> body) {
        Site before = fixed;
        fixed = site;
        try {
            return body.get();
        } finally {
            fixed = before;
        }
    }

    /** Appends an instruction with a site of its own. */
    public List<Tensor> emit(Operation operation, List<Tensor> operands, Site site) {
        for (Tensor operand : operands) {
            requireOwn(operand, operation);
        }
        List<TensorType> types;
        try {
            types = operation.infer(operands.stream().map(Tensor::type).toList());
        } catch (JavelinException e) {
            throw e.at(site.toString());
        }
        List<Value> results = types.stream().map(this::value).toList();
        Instruction instruction =
                new Instruction(operation, operands.stream().map(this::value).toList(), results, site);
        instructions.add(instruction);
        results.forEach(result -> producers.put(result, instruction));
        return results.stream().map(this::tensor).toList();
    }

    private void requireOwn(Tensor operand, Operation operation) {
        if (operand.graph() != this) {
            throw new JavelinException(
                    "JVL-API-0020",
                    operation.name() + ": " + operand + " belongs to another program",
                    "do not keep tensors in fields between steps: compute them anew from the step's inputs");
        }
    }

    private Value value(TensorType type) {
        Value value = new Value(values.size(), type);
        values.add(value);
        return value;
    }

    /** The value behind one of this builder's tensors. */
    public Value value(Tensor tensor) {
        return values.get(tensor.number());
    }

    /** The tensor for one of this builder's values. */
    public Tensor tensor(Value value) {
        return Tensor.of(this, value.number(), value.type());
    }

    /** True if {@code updated} was computed in place over {@code state}. */
    public boolean overwrites(Tensor updated, Tensor state) {
        Value value = value(updated);
        return producer(value)
                .map(instruction -> {
                    var input = instruction
                            .operation()
                            .overwrites(instruction.outputs().indexOf(value));
                    return input.isPresent()
                            && instruction.inputs().get(input.getAsInt()).equals(value(state));
                })
                .orElse(false);
    }

    /** The instruction that computes one of this builder's tensors; none for an input. */
    public Optional<Instruction> producer(Tensor tensor) {
        return producer(value(tensor));
    }

    private Optional<Instruction> producer(Value value) {
        return Optional.ofNullable(producers.get(value));
    }

    public Program build(String name) {
        List<Program.Input> reads = new ArrayList<>();
        inputs.forEach((slot, tensor) -> reads.add(new Program.Input(value(tensor), slot)));
        List<Program.Output> writes = new ArrayList<>();
        outputs.forEach((slot, value) -> writes.add(new Program.Output(value, slot)));
        return new Program(name, reads, instructions, writes);
    }

    // The graph that model code sees -------------------------------------------------------------------------------

    @Override
    public List<Tensor> emit(Operation operation, List<Tensor> operands) {
        return emit(operation, operands, fixed != null ? fixed : new Site(phase, path, places.caller()));
    }

    @Override
    public Tensor parameter(Parameter parameter) {
        String name = paths.path(parameter);
        return input(new Slot(Slot.Kind.PARAMETER, name, new TensorType(paths.dtype(), parameter.shape())));
    }

    @Override
    public Tensor state(String name, TensorType type) {
        if (!states) {
            return Graph.super.state(name, type);
        }
        return input(new Slot(Slot.Kind.STATE, Layer.join(path, name), type));
    }

    @Override
    public boolean training() {
        return training;
    }

    @Override
    public Tensor random() {
        return input(Scalars.RANDOM);
    }

    @Override
    public int randomCall() {
        int call = randomCalls.merge(path, 1, Integer::sum);
        return (int) dev.javelin.api.Philox.hash(path + "#" + call);
    }

    @Override
    public <T> T within(Layer layer, Supplier<T> body) {
        String before = path;
        path = paths.path(layer);
        try {
            return body.get();
        } finally {
            path = before;
        }
    }
}
