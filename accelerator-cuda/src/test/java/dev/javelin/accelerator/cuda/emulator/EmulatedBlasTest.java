package dev.javelin.accelerator.cuda.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That the stand-ins for cuBLAS multiply, and refuse what the libraries refuse. */
class EmulatedBlasTest {
    private static final int NOT_INITIALIZED = 1;
    private static final int INVALID_VALUE = 7;
    private static final int NOT_SUPPORTED = 15;
    private static final int R_32F = 0;
    private static final int R_64F = 1;
    private static final int R_16F = 2;
    private static final int R_16BF = 14;
    private static final int COMPUTE_32F = 68;
    private static final int COMPUTE_64F = 70;
    private static final int COMPUTE_32F_FAST_TF32 = 77;

    private final RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(3);
    private Emulation driver;
    private SymbolLookup blas;
    private SymbolLookup lt;

    @BeforeEach
    void open() {
        Path folder = EmulatedDriver.folder();
        driver = new Emulation(folder);
        blas = SymbolLookup.libraryLookup(folder.resolve("libcublas.so.13"), Arena.global());
        lt = SymbolLookup.libraryLookup(folder.resolve("libcublasLt.so.13"), Arena.global());
    }

    @AfterEach
    void close() {
        if (driver != null) {
            driver.close();
        }
    }

    private static int call(SymbolLookup library, String function, Object... arguments) {
        MemoryLayout[] layouts = new MemoryLayout[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            layouts[i] = switch (arguments[i]) {
                case Integer number -> ValueLayout.JAVA_INT;
                case Long number -> ValueLayout.JAVA_LONG;
                default -> ValueLayout.ADDRESS;
            };
        }
        try {
            return (int) Linker.nativeLinker()
                    .downcallHandle(
                            library.find(function).orElseThrow(), FunctionDescriptor.of(ValueLayout.JAVA_INT, layouts))
                    .invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new AssertionError(function, e);
        }
    }

    private long made(SymbolLookup library, String function, Object... more) {
        MemorySegment handle = driver.arena().allocate(8);
        Object[] arguments = new Object[more.length + 1];
        arguments[0] = handle;
        System.arraycopy(more, 0, arguments, 1, more.length);
        Emulation.require(call(library, function, arguments));
        return handle.get(ValueLayout.JAVA_LONG, 0);
    }

    private static int bytes(int type) {
        return type == R_64F ? 8 : type == R_32F ? 4 : 2;
    }

    private static double get(MemorySegment from, int type, long index) {
        return switch (type) {
            case R_64F -> from.getAtIndex(ValueLayout.JAVA_DOUBLE, index);
            case R_32F -> from.getAtIndex(ValueLayout.JAVA_FLOAT, index);
            case R_16F -> Float.float16ToFloat(from.getAtIndex(ValueLayout.JAVA_SHORT, index));
            default -> Float.intBitsToFloat(from.getAtIndex(ValueLayout.JAVA_SHORT, index) << 16);
        };
    }

    /** Random numbers that every type holds exactly. */
    private MemorySegment numbers(int type, int count) {
        MemorySegment host = driver.arena().allocate((long) count * bytes(type), 8);
        for (int i = 0; i < count; i++) {
            float value = (random.nextInt(257) - 128) / 64f;
            switch (type) {
                case R_64F -> host.setAtIndex(ValueLayout.JAVA_DOUBLE, i, value);
                case R_32F -> host.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
                case R_16F -> host.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(value));
                default -> host.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(value) >>> 16));
            }
        }
        return host;
    }

    private long onDevice(MemorySegment host) {
        long address = driver.allocate(host.byteSize());
        Emulation.require(driver.call("cuMemcpyHtoD_v2", address, host, host.byteSize()));
        return address;
    }

    private MemorySegment scale(int compute, double value) {
        return compute == COMPUTE_64F
                ? driver.arena().allocateFrom(ValueLayout.JAVA_DOUBLE, value)
                : driver.arena().allocateFrom(ValueLayout.JAVA_FLOAT, (float) value);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0, 68, 5, 7, 3, 1",
        "0, 0, 1, 0, 68, 65, 33, 257, 2",
        "0, 0, 0, 1, 68, 64, 32, 300, 1",
        "0, 0, 1, 1, 68, 1, 130, 17, 3",
        "1, 1, 1, 0, 70, 66, 35, 40, 2",
        "2, 2, 0, 1, 68, 20, 40, 60, 2",
        "14, 14, 1, 1, 68, 70, 9, 31, 1",
        "14, 0, 0, 0, 68, 31, 31, 31, 2",
        "2, 0, 1, 0, 68, 16, 48, 5, 1"
    })
    void productsAgreeWithTheirDefinition(
            int type, int out, int opA, int opB, int compute, int m, int n, int k, int batches) {
        int lda = (opA == 0 ? m : k) + 2;
        int ldb = (opB == 0 ? k : n) + 1;
        int ldc = m + 3;
        int strideA = lda * (opA == 0 ? k : m);
        int strideB = ldb * (opB == 0 ? n : k);
        int strideC = ldc * n;
        MemorySegment a = numbers(type, strideA * batches);
        MemorySegment b = numbers(type, strideB * batches);
        MemorySegment c = numbers(out, strideC * batches);
        long deviceC = onDevice(c);
        long handle = made(blas, "cublasCreate_v2");
        long stream = driver.stream();
        Emulation.require(call(blas, "cublasSetStream_v2", handle, stream));
        Emulation.require(call(
                blas,
                "cublasGemmStridedBatchedEx",
                handle,
                opA,
                opB,
                m,
                n,
                k,
                scale(compute, 0.5),
                onDevice(a),
                type,
                lda,
                (long) strideA,
                onDevice(b),
                type,
                ldb,
                (long) strideB,
                scale(compute, 2),
                deviceC,
                out,
                ldc,
                (long) strideC,
                batches,
                compute,
                -1));
        Emulation.require(driver.call("cuStreamSynchronize", stream));
        MemorySegment got = driver.bytes(deviceC, c.byteSize());
        for (int batch = 0; batch < batches; batch++) {
            for (int j = 0; j < n; j++) {
                for (int i = 0; i < m; i++) {
                    double sum = 0;
                    for (int x = 0; x < k; x++) {
                        sum += get(a, type, (long) batch * strideA + (opA == 0 ? i + x * lda : x + i * lda))
                                * get(b, type, (long) batch * strideB + (opB == 0 ? x + j * ldb : j + x * ldb));
                    }
                    long at = (long) batch * strideC + i + (long) j * ldc;
                    double expected = 0.5 * sum + 2 * get(c, out, at);
                    double tolerance = out == R_32F || out == R_64F ? 0 : Math.abs(expected) / 256;
                    assertEquals(expected, get(got, out, at), tolerance, batch + ": " + i + ", " + j);
                }
                for (int i = m; i < ldc; i++) {
                    long at = (long) batch * strideC + i + (long) j * ldc;
                    assertEquals(get(c, out, at), get(got, out, at), "between columns nothing is written");
                }
            }
        }
        Emulation.require(call(blas, "cublasDestroy_v2", handle));
    }

    @Test
    void whatIsMultipliedByZeroIsNotRead() {
        long handle = made(blas, "cublasCreate_v2");
        long x = driver.floats(1, 2, 3, 4);
        long poisoned = driver.allocate(16);
        Emulation.require(gemm(handle, 0, 2, x, 2, poisoned, COMPUTE_32F, 0));
        Emulation.require(driver.synchronize());
        assertEquals(7, driver.floats(poisoned, 4)[0]);
    }

    /** x * x for a column-major matrix [2, 2]. */
    private int gemm(long handle, int op, int m, long x, int lead, long y, int compute, double beta) {
        return call(
                blas,
                "cublasGemmEx",
                handle,
                op,
                0,
                m,
                2,
                2,
                scale(compute, 1),
                x,
                R_32F,
                lead,
                x,
                R_32F,
                2,
                scale(compute, beta),
                y,
                R_32F,
                2,
                compute,
                -1);
    }

    @Test
    void tf32KeepsTenBitsOfTheInputs() {
        long handle = made(blas, "cublasCreate_v2");
        float fine = 1 + 0x1p-12f;
        long x = driver.floats(fine, 0, 0, 1);
        long y = driver.allocate(16);
        Emulation.require(gemm(handle, 0, 2, x, 2, y, COMPUTE_32F, 0));
        Emulation.require(driver.synchronize());
        assertEquals(fine * fine, driver.floats(y, 1)[0]);
        Emulation.require(gemm(handle, 0, 2, x, 2, y, COMPUTE_32F_FAST_TF32, 0));
        Emulation.require(driver.synchronize());
        assertEquals(1, driver.floats(y, 1)[0]);
    }

    @Test
    void wrongArgumentsAreRefusedWithTheLibrarysStatus() {
        long handle = made(blas, "cublasCreate_v2");
        long x = driver.floats(1, 2, 3, 4);
        assertEquals(INVALID_VALUE, gemm(handle, 3, 2, x, 2, x, COMPUTE_32F, 0));
        assertEquals(INVALID_VALUE, gemm(handle, 0, 2, x, 1, x, COMPUTE_32F, 0));
        assertEquals(INVALID_VALUE, gemm(handle, 0, -1, x, 2, x, COMPUTE_32F, 0));
        assertEquals(NOT_SUPPORTED, gemm(handle, 0, 2, x, 2, x, COMPUTE_64F, 0));
        MemorySegment none = driver.arena().allocate(64);
        assertEquals(NOT_INITIALIZED, gemm(none.address(), 0, 2, x, 2, x, COMPUTE_32F, 0));
        assertEquals(INVALID_VALUE, call(blas, "cublasSetWorkspace_v2", handle, x + 8, 16L));
    }

    @Test
    void aMatrixBeyondItsMemoryIsAnIllegalAddress() {
        long handle = made(blas, "cublasCreate_v2");
        long x = driver.floats(1, 2, 3);
        long y = driver.allocate(16);
        Emulation.require(gemm(handle, 0, 2, x, 2, y, COMPUTE_32F, 0));
        assertEquals(Emulation.ILLEGAL_ADDRESS, driver.synchronize());
    }

    @ParameterizedTest
    @CsvSource({"1", "4", "32", "36", "2", "164"})
    void epiloguesFollowTheProduct(int epilogue) {
        int m = 40;
        int n = 21;
        int k = 13;
        MemorySegment a = numbers(R_16BF, m * k);
        MemorySegment b = numbers(R_16BF, k * n);
        MemorySegment bias = numbers(R_16BF, m);
        long d = driver.allocate(2L * m * n);
        long aux = driver.allocate(2L * m * n);
        long handle = made(lt, "cublasLtCreate");
        long description = made(lt, "cublasLtMatmulDescCreate", COMPUTE_32F, R_32F);
        attribute("MatmulDesc", description, 7, ValueLayout.JAVA_INT, epilogue);
        attribute("MatmulDesc", description, 8, ValueLayout.JAVA_LONG, onDevice(bias));
        attribute("MatmulDesc", description, 11, ValueLayout.JAVA_LONG, aux);
        attribute("MatmulDesc", description, 12, ValueLayout.JAVA_LONG, (long) m);
        long layoutA = made(lt, "cublasLtMatrixLayoutCreate", R_16BF, (long) m, (long) k, (long) m);
        long layoutB = made(lt, "cublasLtMatrixLayoutCreate", R_16BF, (long) k, (long) n, (long) k);
        long layoutD = made(lt, "cublasLtMatrixLayoutCreate", R_16BF, (long) m, (long) n, (long) m);
        long preference = made(lt, "cublasLtMatmulPreferenceCreate");
        attribute("MatmulPreference", preference, 1, ValueLayout.JAVA_LONG, 4L << 20);
        MemorySegment heuristic = driver.arena().allocate(96, 8);
        MemorySegment found = driver.arena().allocate(4);
        Emulation.require(call(
                lt,
                "cublasLtMatmulAlgoGetHeuristic",
                handle,
                description,
                layoutA,
                layoutB,
                layoutD,
                layoutD,
                preference,
                1,
                heuristic,
                found));
        assertEquals(1, found.get(ValueLayout.JAVA_INT, 0));
        long wanted = heuristic.get(ValueLayout.JAVA_LONG, 64);
        assertTrue(wanted <= 4L << 20);
        long deviceA = onDevice(a);
        long deviceB = onDevice(b);
        long workspace = driver.allocate(wanted);
        Object[] arguments = {
            handle,
            description,
            scale(COMPUTE_32F, 1),
            deviceA,
            layoutA,
            deviceB,
            layoutB,
            scale(COMPUTE_32F, 0),
            d,
            layoutD,
            d,
            layoutD,
            heuristic,
            workspace,
            wanted,
            0L
        };
        Emulation.require(call(lt, "cublasLtMatmul", arguments));
        Emulation.require(driver.synchronize());
        MemorySegment got = driver.bytes(d, 2L * m * n);
        MemorySegment before = driver.bytes(aux, 2L * m * n);
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < m; i++) {
                double sum = (epilogue & 4) != 0 ? get(bias, R_16BF, i) : 0;
                for (int x = 0; x < k; x++) {
                    sum += get(a, R_16BF, i + (long) x * m) * get(b, R_16BF, x + (long) j * k);
                }
                double expected = (epilogue & 32) != 0
                        ? 0.5 * sum * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (sum + 0.044715 * sum * sum * sum)))
                        : (epilogue & 2) != 0 ? Math.max(sum, 0) : sum;
                long at = i + (long) j * m;
                assertEquals(expected, get(got, R_16BF, at), Math.abs(expected) / 128 + 1e-6);
                if ((epilogue & 128) != 0) {
                    assertEquals(sum, get(before, R_16BF, at), Math.abs(sum) / 128);
                }
            }
        }
        arguments[14] = wanted - 1;
        assertEquals(INVALID_VALUE, call(lt, "cublasLtMatmul", arguments), "less workspace than the algorithm needs");
    }

    private void attribute(String object, long handle, int attribute, ValueLayout layout, Object value) {
        MemorySegment from = layout.byteSize() == 4
                ? driver.arena().allocateFrom(ValueLayout.JAVA_INT, (Integer) value)
                : driver.arena().allocateFrom(ValueLayout.JAVA_LONG, (Long) value);
        Emulation.require(call(lt, "cublasLt" + object + "SetAttribute", handle, attribute, from, layout.byteSize()));
    }
}
