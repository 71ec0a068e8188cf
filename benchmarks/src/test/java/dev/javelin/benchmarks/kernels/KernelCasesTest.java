package dev.javelin.benchmarks.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cpu.dispatch.FastKernels;
import dev.javelin.accelerator.cpu.kernel.KernelChoice;
import dev.javelin.spi.kernel.KernelTable;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelCasesTest {

    @Test
    void everyKernelOfTheFastTableHasABenchmark() {
        Set<Class<?>> missing = new HashSet<>(FastKernels.all(2).operations());
        KernelCases.all()
                .values()
                .forEach(kernel -> missing.remove(kernel.operation().getClass()));
        assertEquals(Set.of(), missing, "add a case to KernelCases for these");
    }

    @Test
    void everyBenchmarkMeasuresAFastKernelAndKnowsItsWork() {
        KernelTable<KernelChoice> fast = FastKernels.all(2);
        for (KernelCase kernel : KernelCases.all().values()) {
            var choice = fast.choose(kernel.operation(), kernel.inputs(), kernel.outputs());
            assertTrue(choice.isPresent(), kernel.name() + " is left to the reference");
            boolean copies = kernel.limit() == KernelCase.Limit.COPY;
            double work =
                    copies ? choice.get().plan().bytes() : choice.get().plan().flops();
            assertTrue(kernel.work() > 0 || work > 0, kernel.name() + " has no work");
        }
        assertTrue(KernelCases.all().keySet().containsAll(KernelCases.limits().values()));
    }
}
