package dev.javelin.accelerator.cpu.kernel;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Kernel rules by class of operation. Immutable. */
public final class KernelTable {
    private final Map<Class<?>, KernelRule<?>> rules;

    private KernelTable(Map<Class<?>, KernelRule<?>> rules) {
        this.rules = rules;
    }

    public static KernelTable empty() {
        return new KernelTable(Map.of());
    }

    /** This table with one more rule; a rule that was there for the class is replaced. */
    public <O extends Operation> KernelTable with(Class<O> type, KernelRule<O> rule) {
        Map<Class<?>, KernelRule<?>> copy = new HashMap<>(rules);
        copy.put(type, rule);
        return new KernelTable(Map.copyOf(copy));
    }

    /** This table, and the other where this one has no kernel for an instruction. */
    public KernelTable over(KernelTable other) {
        Map<Class<?>, KernelRule<?>> both = new HashMap<>(other.rules);
        for (Class<?> type : rules.keySet()) {
            KernelRule<Operation> rule = instruction -> choose(instruction).or(() -> other.choose(instruction));
            both.put(type, rule);
        }
        return new KernelTable(Map.copyOf(both));
    }

    /** The classes that have a rule. */
    public Set<Class<?>> operations() {
        return rules.keySet();
    }

    /** The kernel for an instruction; empty if the table has none. */
    public Optional<KernelChoice> choose(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return choose(new Instruction<>(operation, inputs, outputs));
    }

    @SuppressWarnings("unchecked") // with() pairs each class with a rule for that class
    private <O extends Operation> Optional<KernelChoice> choose(Instruction<O> instruction) {
        KernelRule<O> rule = (KernelRule<O>) rules.get(instruction.operation().getClass());
        return rule == null ? Optional.empty() : rule.choose(instruction);
    }
}
