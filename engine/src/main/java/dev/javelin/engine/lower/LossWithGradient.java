package dev.javelin.engine.lower;

import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.engine.program.Instruction;
import dev.javelin.engine.program.Value;
import dev.javelin.spi.collective.Collective;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cross-entropy and its gradient, where the gradient of the sum does not depend on the sum: in training it is 1 or the
 * loss scale, or a multiple of them.
 *
 * <p>The joined instruction stands where the gradient stood, if nothing reads the loss before: no value then lives longer
 * than it did. Else it stands where the loss stood, behind what computes the gradient of the sum, if the gradient can
 * take the place of the logits there, because nobody else reads them: it then lies where they would have stayed anyway.
 * Either way the peak of memory does not rise.
 */
final class LossWithGradient implements Fusion.Pattern {
    private static final int SUM = 0;
    private static final int WEIGHT = 1;
    private static final int ROW_SUMS = 2;

    @Override
    public boolean join(Instruction last, Fused fused) {
        if (!(last.operation() instanceof CrossEntropyGradient gradient)) {
            return false;
        }
        Optional<Instruction> loss = fused.only(last.inputs().get(ROW_SUMS)).filter(first -> belong(first, last));
        if (loss.isEmpty()) {
            return false;
        }
        Instruction joined = joined(loss.get(), last, new FusedCrossEntropy(gradient.ignored()));
        return planned(joined, loss.get(), fused) && place(joined, loss.get(), fused);
    }

    private static boolean belong(Instruction loss, Instruction gradient) {
        return loss.operation() instanceof CrossEntropy forward
                && forward.ignored() == ((CrossEntropyGradient) gradient.operation()).ignored()
                && loss.inputs().equals(gradient.inputs().subList(0, ROW_SUMS))
                && loss.outputs().indexOf(gradient.inputs().get(ROW_SUMS)) == ROW_SUMS;
    }

    private static Instruction joined(Instruction loss, Instruction gradient, FusedCrossEntropy operation) {
        List<Value> inputs = new ArrayList<>(loss.inputs());
        inputs.add(gradient.inputs().getLast());
        List<Value> outputs = List.of(
                loss.outputs().get(SUM),
                loss.outputs().get(WEIGHT),
                gradient.outputs().getFirst());
        return new Instruction(operation, inputs, outputs, gradient.site()); // its third output is what overflows
    }

    /** A kernel for 16 bits is not given up for one between conversions. */
    private static boolean planned(Instruction joined, Instruction loss, Fused fused) {
        return has(joined, fused) || !has(loss, fused) && fused.planned(joined);
    }

    private static boolean has(Instruction instruction, Fused fused) {
        return fused.planner()
                .plan(instruction.operation(), instruction.inputTypes(), instruction.outputTypes())
                .isPresent();
    }

    private static boolean place(Instruction joined, Instruction loss, Fused fused) {
        Value sum = loss.outputs().get(SUM);
        Value seed = joined.inputs().getLast();
        List<Instruction> before = new ArrayList<>();
        if (!fused.readSince(sum, loss.outputs().subList(SUM, ROW_SUMS))) {
            fused.remove(sum);
            fused.append(joined);
            return true;
        }
        if (!givesWay(joined.inputs().getFirst(), fused) || !independent(seed, fused.index(sum), fused, before)) {
            return false;
        }
        before.forEach(instruction -> fused.remove(instruction.outputs().getFirst()));
        before.add(joined);
        fused.replace(sum, before.toArray(Instruction[]::new));
        return true;
    }

    /** True if logits are computed by the program, and only the loss and its gradient read their memory. */
    private static boolean givesWay(Value logits, Fused fused) {
        Value at = logits;
        int times = 2;
        while (fused.readBy(at, times)) {
            Optional<Instruction> producer = fused.producer(at);
            if (producer.isEmpty()) {
                return false;
            }
            if (producer.get().view().isEmpty()) {
                return producer.get()
                        .operation()
                        .overwrites(producer.get().outputs().indexOf(at))
                        .isEmpty();
            }
            at = producer.get().inputs().getFirst();
            times = 1;
        }
        return false;
    }

    /**
     * Collects, in order, what has to be written before a place for a scalar to be there.
     *
     * @return false if that cannot be: it depends on what is computed at the place, or is more than scalars
     */
    private static boolean independent(Value scalar, int place, Fused fused, List<Instruction> before) {
        if (fused.index(scalar) < place) {
            return true;
        }
        Optional<Instruction> producer = fused.producer(scalar);
        if (fused.index(scalar) == place || producer.isEmpty() || !movable(producer.get())) {
            return false;
        }
        if (before.contains(producer.get())) {
            return true;
        }
        for (Value input : producer.get().inputs()) {
            if (!independent(input, place, fused, before)) {
                return false;
            }
        }
        before.add(producer.get());
        return true;
    }

    private static boolean movable(Instruction instruction) {
        for (int i = 0; i < instruction.outputs().size(); i++) {
            if (instruction.operation().overwrites(i).isPresent()
                    || instruction.outputs().get(i).type().elements() != 1) {
                return false;
            }
        }
        return !instruction.operation().effect() && !(instruction.operation() instanceof Collective);
    }
}
