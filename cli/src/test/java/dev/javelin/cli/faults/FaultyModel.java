package dev.javelin.cli.faults;

import dev.javelin.api.DType;
import dev.javelin.api.Layer;
import dev.javelin.api.Loss;
import dev.javelin.api.Step;
import dev.javelin.api.Tensor;
import dev.javelin.api.TrainingModule;
import dev.javelin.models.Linear;
import java.util.ArrayList;
import java.util.List;

/** A few linear layers, or others than the other ranks have. */
final class FaultyModel implements TrainingModule {
    private static final int WIDTH = 8;

    private final Fault fault;
    private final Stack stack;

    FaultyModel(Fault fault) {
        this.fault = fault;
        this.stack = new Stack(fault);
    }

    private static final class Stack extends Layer {
        private final List<Layer> layers = new ArrayList<>();

        Stack(Fault fault) {
            int width = fault == Fault.OTHER_SHAPE ? WIDTH + 1 : WIDTH;
            layers.add(child("in", new Linear(FaultyData.FEATURES, width)));
            if (fault == Fault.OTHER_ORDER) {
                layers.add(child("second", new Linear(width, width)));
                layers.add(child("first", new Linear(width, width)));
            } else {
                layers.add(child("first", new Linear(width, width)));
                layers.add(child("second", new Linear(width, width)));
            }
            if (fault == Fault.OTHER_MODEL) {
                layers.add(child("third", new Linear(width, width)));
            }
            layers.add(child("out", new Linear(width, FaultyData.CLASSES)));
        }

        @Override
        protected Tensor forward(Tensor x) { // [B, 4]
            Tensor now = x;
            for (Layer layer : layers) {
                now = layer.apply(now);
            }
            return now; // [B, 3]
        }
    }

    @Override
    public Layer model() {
        return stack;
    }

    @Override
    public Loss trainingStep(Step step) {
        if (fault == Fault.MODEL) {
            fault.happens();
            throw new IllegalArgumentException("the model of the test is broken");
        }
        DType compute = fault == Fault.OTHER_DTYPE ? DType.FLOAT64 : DType.FLOAT32;
        return stack.apply(step.input("features").cast(compute)).crossEntropy(step.input("label"), -1);
    }
}
