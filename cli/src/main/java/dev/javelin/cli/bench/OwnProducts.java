package dev.javelin.cli.bench;

import dev.javelin.api.DType;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.MatMul;
import dev.javelin.cli.bench.Products.Product;
import dev.javelin.engine.run.Numbers;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.DeviceMemory;
import dev.javelin.spi.device.DeviceQueue;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.device.QueueRole;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Runs a step's products by the accelerator's own kernels, one by one. */
final class OwnProducts {
    private static final double LEAST_SECONDS = 0.05;
    private static final int LEAST_CALLS = 3;

    private final Products products;
    private final Accelerator accelerator;
    private final DType dtype;

    OwnProducts(Products products, Accelerator accelerator, DType dtype) {
        this.products = products;
        this.accelerator = accelerator;
        this.dtype = dtype;
    }

    double flopsPerSecond() {
        double[] seconds =
                products.counts().keySet().stream().mapToDouble(this::seconds).toArray();
        return products.flopsPerSecond(seconds);
    }

    /** Seconds of a call, the best of several. */
    private double seconds(Product product) {
        TensorType a = product.transposeA()
                ? TensorType.of(dtype, product.k(), product.m())
                : TensorType.of(dtype, product.m(), product.k());
        TensorType b = product.transposeB()
                ? TensorType.of(dtype, product.n(), product.k())
                : TensorType.of(dtype, product.k(), product.n());
        TensorType c = TensorType.of(dtype, product.m(), product.n());
        MatMul operation = new MatMul(product.transposeA(), product.transposeB());
        long workspaceBytes = accelerator
                .planner()
                .plan(operation, List.of(a, b), List.of(c))
                .orElseThrow()
                .workspaceBytes();
        Kernel kernel = accelerator.prepare(operation, List.of(a, b), List.of(c));
        DeviceQueue queue = accelerator.queue(QueueRole.COMPUTE);
        try (DeviceMemory left = filled(queue, a);
                DeviceMemory right = filled(queue, b);
                DeviceMemory result = accelerator.allocate(c.bytes(), "benchmark");
                DeviceMemory workspace = accelerator.allocate(Math.max(1, workspaceBytes), "benchmark")) {
            long[] inputs = {left.address(), right.address()};
            long[] outputs = {result.address()};
            return best(() -> {
                kernel.launch(queue, inputs, outputs, workspace.address());
                queue.synchronize();
            });
        }
    }

    private static double best(Runnable call) {
        call.run();
        double best = Double.POSITIVE_INFINITY;
        long begun = System.nanoTime();
        for (int calls = 0; calls < LEAST_CALLS || System.nanoTime() - begun < LEAST_SECONDS * 1e9; calls++) {
            long start = System.nanoTime();
            call.run();
            best = Math.min(best, (System.nanoTime() - start) / 1e9);
        }
        return best;
    }

    private DeviceMemory filled(DeviceQueue queue, TensorType type) {
        DeviceMemory memory = accelerator.allocate(type.bytes(), "benchmark");
        try (Arena arena = Arena.ofShared()) {
            MemorySegment host = arena.allocate(type.bytes(), 64);
            for (long i = 0; i < type.elements(); i++) {
                Numbers.set(host, dtype, i, (i * 2654435761L >>> 7 & 1023) / 1024.0 - 0.5);
            }
            accelerator.copyToDevice(queue, host, memory.address());
            queue.synchronize();
        }
        return memory;
    }
}
