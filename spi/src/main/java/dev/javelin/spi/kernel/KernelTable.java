package dev.javelin.spi.kernel;

import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Kernel rules by class of operation. Immutable.
 *
 * @param <C> what a choice is in this accelerator
 */
public final class KernelTable<C> {
    private final Map<Class<?>, KernelRule<?, C>> rules;

    private KernelTable(Map<Class<?>, KernelRule<?, C>> rules) {
        this.rules = rules;
    }

    public static <C> KernelTable<C> empty() {
        return new KernelTable<>(Map.of());
    }

    /** This table with one more rule; a rule that was there for the class is replaced. */
    public <O extends Operation> KernelTable<C> with(Class<O> type, KernelRule<O, C> rule) {
        Map<Class<?>, KernelRule<?, C>> copy = new HashMap<>(rules);
        copy.put(type, rule);
        return new KernelTable<>(Map.copyOf(copy));
    }

    /** This table, and the other where this one has no kernel for an instruction. */
    public KernelTable<C> over(KernelTable<C> other) {
        Map<Class<?>, KernelRule<?, C>> both = new HashMap<>(other.rules);
        for (Class<?> type : rules.keySet()) {
            KernelRule<Operation, C> rule = instruction -> choose(instruction).or(() -> other.choose(instruction));
            both.put(type, rule);
        }
        return new KernelTable<>(Map.copyOf(both));
    }

    /** This table without kernels for instructions that fail the test. */
    public KernelTable<C> where(Predicate<Instruction<?>> test) {
        Map<Class<?>, KernelRule<?, C>> kept = new HashMap<>();
        for (Class<?> type : rules.keySet()) {
            KernelRule<Operation, C> rule =
                    instruction -> test.test(instruction) ? choose(instruction) : Optional.empty();
            kept.put(type, rule);
        }
        return new KernelTable<>(Map.copyOf(kept));
    }

    /** The classes that have a rule. */
    public Set<Class<?>> operations() {
        return rules.keySet();
    }

    /** The kernel for an instruction; empty if the table has none. */
    public Optional<C> choose(Operation operation, List<TensorType> inputs, List<TensorType> outputs) {
        return choose(new Instruction<>(operation, inputs, outputs));
    }

    @SuppressWarnings("unchecked") // with() pairs each class with a rule for that class
    private <O extends Operation> Optional<C> choose(Instruction<O> instruction) {
        KernelRule<O, C> rule =
                (KernelRule<O, C>) rules.get(instruction.operation().getClass());
        return rule == null ? Optional.empty() : rule.choose(instruction);
    }
}
