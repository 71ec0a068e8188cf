package dev.javelin.tck.accelerator;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.DevicePlanner;
import java.util.ArrayList;
import java.util.List;

/** Cases whose floating inputs are of several types, where the operation's type rule and the planner take them. */
final class Mixtures {
    private Mixtures() {}

    /** Every way to give some of the floating inputs one other type. */
    static List<Case> of(Case plain, DevicePlanner planner) {
        List<Integer> floating = new ArrayList<>();
        for (int i = 0; i < plain.inputs().size(); i++) {
            if (plain.inputs().get(i).type().dtype().floating()) {
                floating.add(i);
            }
        }
        List<Case> taken = new ArrayList<>();
        for (DType other : Cases.FLOATING) {
            for (int chosen = 1; chosen < (1 << floating.size()) - 1; chosen++) {
                List<Value> inputs = new ArrayList<>(plain.inputs());
                for (int bit = 0; bit < floating.size(); bit++) {
                    if ((chosen >> bit & 1) != 0) {
                        int input = floating.get(bit);
                        inputs.set(input, inputs.get(input).as(other));
                    }
                }
                Case mixed = plain.withInputs(inputs);
                if (!inputs.equals(plain.inputs()) && taken(mixed, planner)) {
                    taken.add(mixed);
                }
            }
        }
        return taken;
    }

    private static boolean taken(Case mixed, DevicePlanner planner) {
        try {
            return mixed.plan(planner).isPresent();
        } catch (JavelinException refused) {
            return false;
        }
    }
}
