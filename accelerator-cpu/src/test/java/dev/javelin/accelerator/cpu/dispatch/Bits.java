package dev.javelin.accelerator.cpu.dispatch;

import dev.javelin.accelerator.cpu.Case;
import dev.javelin.accelerator.cpu.TestDevice;
import dev.javelin.accelerator.cpu.Value;
import dev.javelin.api.operation.Attention;
import dev.javelin.api.operation.AttentionGradient;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.api.operation.FusedMatMul;
import dev.javelin.api.operation.MatMul;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** Checksums of what fast kernels compute; as a program it writes them, for a JVM of another kind to be compared. */
public final class Bits {
    private Bits() {}

    /** Arguments: the file to write; how often all cases run, of which the last time counts; the number of threads. */
    public static void main(String[] arguments) throws IOException {
        try (TestDevice reference = TestDevice.open("kernels", "reference")) {
            List<Case> cases = BitCases.few(reference);
            List<String> lines = of(cases, Integer.parseInt(arguments[2]), Integer.parseInt(arguments[1]));
            Files.write(Path.of(arguments[0]), lines);
        }
    }

    /** A line for each case: what it is, and the checksum of all outputs. Products also by our own BLAS. */
    static List<String> of(List<Case> cases, int threads, int rounds) {
        String count = Integer.toString(threads);
        try (TestDevice openBlas = TestDevice.open("threads", count, "blas", "openblas");
                TestDevice java = TestDevice.open("threads", count, "blas", "java")) {
            List<Case> products = cases.stream().filter(Bits::multiplies).toList();
            List<String> lines = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                lines.clear();
                cases.forEach(c -> lines.add(c + " " + sum(openBlas, c)));
                products.forEach(c -> lines.add("java " + c + " " + sum(java, c)));
            }
            return lines;
        }
    }

    private static boolean multiplies(Case c) {
        return switch (c.operation()) {
            case MatMul ignored -> true;
            case FusedMatMul ignored -> true;
            case Attention ignored -> true;
            case AttentionGradient ignored -> true;
            case CachedAttention ignored -> true;
            default -> false;
        };
    }

    private static String sum(TestDevice device, Case c) {
        CRC32C sum = new CRC32C();
        for (Value output : device.run(c.operation(), c.arguments())) {
            sum.update(output.toBytes());
        }
        return Long.toHexString(sum.getValue());
    }
}
