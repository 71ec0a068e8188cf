package dev.javelin.tck.strategy;

import dev.javelin.api.JavelinException;
import dev.javelin.api.trainer.Precision;
import dev.javelin.api.trainer.PrecisionPlan;
import dev.javelin.spi.strategy.Mesh;
import dev.javelin.spi.strategy.ModelInventory;
import dev.javelin.spi.strategy.ParallelPlan;
import dev.javelin.spi.strategy.PlanContext;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model on a mesh: what a plan is asked for.
 *
 * @param model name of the model
 */
record Case(String model, ModelInventory inventory, int ranks, int accumulation) {
    static final List<Integer> SIZES = List.of(1, 2, 3, 4, 8);

    /** Every model on every mesh. */
    static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        Inventories.all().forEach((name, inventory) -> {
            for (int ranks : SIZES) {
                for (int accumulation : List.of(1, 3)) {
                    cases.add(new Case(name, inventory, ranks, accumulation));
                }
            }
        });
        return cases;
    }

    Mesh mesh() {
        return Mesh.of(Map.of("data", ranks));
    }

    /** The plan; empty if the strategy refuses the case as it may. */
    Optional<ParallelPlan> plan(Strategy strategy) {
        try {
            return Optional.of(strategy.plan(inventory, context()));
        } catch (JavelinException refused) {
            if (refused.area().equals("STR")) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    private PlanContext context() {
        return new PlanContext() {
            @Override
            public Mesh mesh() {
                return Case.this.mesh();
            }

            @Override
            public long deviceBudgetBytes() {
                return Long.MAX_VALUE;
            }

            @Override
            public int accumulation() {
                return accumulation;
            }

            @Override
            public PrecisionPlan precision() {
                return Precision.TRUE_32.plan();
            }

            @Override
            public PlanReport evaluate(ParallelPlan plan) {
                long bytes = inventory.elements() * 4 * plan.units().size();
                return new PlanReport(Map.of(Tier.DEVICE, bytes, Tier.HOST, 0L, Tier.NVME, 0L), Map.of(), 1e-3);
            }
        };
    }

    @Override
    public String toString() {
        return "model " + model + " on " + ranks + " ranks, " + accumulation + " micro-batches";
    }
}
