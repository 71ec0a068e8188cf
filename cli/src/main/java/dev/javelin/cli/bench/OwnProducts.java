package dev.javelin.cli.bench;

import dev.javelin.api.TensorType;
import dev.javelin.api.operation.MatMul;
import dev.javelin.cli.bench.Products.Product;
import dev.javelin.spi.device.Accelerator;
import java.util.List;

/** Runs a step's products by the accelerator's own kernels, one by one. */
final class OwnProducts {
    private static final double LEAST_SECONDS = 0.05;

    private final Products products;
    private final Launches launches;

    OwnProducts(Products products, Accelerator accelerator) {
        this.products = products;
        this.launches = new Launches(accelerator, LEAST_SECONDS);
    }

    double flopsPerSecond() {
        double[] seconds =
                products.counts().keySet().stream().mapToDouble(this::seconds).toArray();
        return products.flopsPerSecond(seconds);
    }

    private double seconds(Product p) {
        TensorType a = p.transposeA() ? TensorType.of(p.dtype(), p.k(), p.m()) : TensorType.of(p.dtype(), p.m(), p.k());
        TensorType b = p.transposeB() ? TensorType.of(p.dtype(), p.n(), p.k()) : TensorType.of(p.dtype(), p.k(), p.n());
        TensorType c = TensorType.of(p.dtype(), p.m(), p.n());
        return launches.seconds(new MatMul(p.transposeA(), p.transposeB()), List.of(a, b), List.of(c));
    }
}
