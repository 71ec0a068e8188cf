package dev.javelin.cli.bench;

import dev.javelin.api.DType;
import dev.javelin.api.JavelinException;
import dev.javelin.cli.bench.Products.Product;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a step's products by OpenBLAS with its own threads, in a process of its own. */
final class OpenBlasProducts {
    private static final String MAIN = "dev.javelin.accelerator.cpu/dev.javelin.accelerator.cpu.blas.OpenBlasThreads";

    private final Products products;
    private final int threads;
    private final DType dtype;
    private final String cacheFolder;

    /**
     * @param cacheFolder where OpenBLAS is unpacked; empty for the accelerator's own choice
     */
    OpenBlasProducts(Products products, int threads, DType dtype, String cacheFolder) {
        this.products = products;
        this.threads = threads;
        this.dtype = dtype;
        this.cacheFolder = cacheFolder;
    }

    /**
     * One measurement.
     *
     * @throws JavelinException {@code JVL-CPU-0110} if the process fails
     */
    double flopsPerSecond() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=dev.javelin.accelerator.cpu",
                "--module-path",
                System.getProperty("jdk.module.path"),
                "--module",
                MAIN,
                cacheFolder,
                Integer.toString(threads),
                dtype == DType.FLOAT64 ? "float64" : "float32"));
        for (Product p : products.counts().keySet()) {
            command.add(p.m() + "," + p.n() + "," + p.k() + "," + p.transposeA() + "," + p.transposeB());
        }
        return products.flopsPerSecond(seconds(command));
    }

    private double[] seconds(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw failed("ended with exit code " + process.exitValue());
            }
            double[] seconds = text.lines().mapToDouble(Double::parseDouble).toArray();
            if (seconds.length != products.counts().size()) {
                throw failed("gave " + seconds.length + " numbers, expected "
                        + products.counts().size());
            }
            return seconds;
        } catch (IOException e) {
            throw failed("cannot be started: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("was interrupted");
        }
    }

    private static JavelinException failed(String how) {
        return new JavelinException(
                "JVL-CPU-0110",
                "the process that measures OpenBLAS " + how,
                "run the command again; OpenBLAS is bundled for Linux amd64 only");
    }
}
