package dev.javelin.accelerator.cuda.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.accelerator.cuda.kernel.GpuModel;
import dev.javelin.accelerator.cuda.kernel.KernelChoice;
import dev.javelin.accelerator.cuda.kernel.Launch;
import dev.javelin.api.DType;
import dev.javelin.api.Operation;
import dev.javelin.api.TensorType;
import dev.javelin.api.operation.CachedAttention;
import dev.javelin.api.operation.ChooseToken;
import dev.javelin.api.operation.CrossEntropy;
import dev.javelin.api.operation.CrossEntropyGradient;
import dev.javelin.api.operation.EmbeddingGradient;
import dev.javelin.api.operation.FusedCrossEntropy;
import dev.javelin.api.operation.FusedNorm;
import dev.javelin.api.operation.FusedNormGradient;
import dev.javelin.api.operation.LayerNorm;
import dev.javelin.api.operation.LayerNormGradient;
import dev.javelin.api.operation.RmsNormGradient;
import dev.javelin.api.operation.Rotary;
import dev.javelin.api.operation.SoftmaxGradient;
import dev.javelin.spi.device.KernelPlan.Alias;
import dev.javelin.spi.kernel.KernelTable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the engine is told of kernels that work row by row, and the launches they are made of: without a GPU. */
class RowPlansTest {
    private static final KernelTable<KernelChoice> TABLE = Norms.kernels()
            .over(FusedNorms.kernels())
            .over(Softmaxes.kernels())
            .over(Losses.kernels(GpuModel.of("h200")))
            .over(Embeddings.kernels())
            .over(Rotations.kernels())
            .over(Caches.kernels())
            .over(TokenChoices.kernels());

    private static Optional<KernelChoice> chosen(Operation operation, TensorType... inputs) {
        List<TensorType> types = Arrays.asList(inputs);
        return TABLE.choose(operation, types, operation.infer(types));
    }

    private static KernelChoice choice(Operation operation, TensorType... inputs) {
        return chosen(operation, inputs).orElseThrow();
    }

    private static List<String> entries(KernelChoice choice) {
        return choice.steps().stream().map(step -> ((Launch) step).entry()).toList();
    }

    private static Launch launch(KernelChoice choice, int step) {
        return (Launch) choice.steps().get(step);
    }

    private static TensorType bf16(long... dims) {
        return TensorType.of(DType.BFLOAT16, dims);
    }

    private static TensorType f32(long... dims) {
        return TensorType.of(DType.FLOAT32, dims);
    }

    private static TensorType i32(long... dims) {
        return TensorType.of(DType.INT32, dims);
    }

    @Test
    void aWarpOwnsARowOfGpt2AndABlockAWideOne() {
        Launch narrow = launch(choice(new LayerNorm(1e-5), bf16(16384, 768), f32(768), f32(768)), 0);
        assertEquals("layer_norm_bf16_f32", narrow.entry());
        assertEquals(16384 / 8, narrow.grid().x());
        Launch wide = launch(choice(new LayerNorm(1e-5), f32(64, 12288), f32(12288), f32(12288)), 0);
        assertEquals(64, wide.grid().x());
        assertEquals(1024, wide.block().x());
    }

    @Test
    void gradientsOfNormsPassThroughAtMost512PartialRows() {
        KernelChoice kept =
                choice(new LayerNormGradient(), f32(16384, 768), f32(16384, 768), f32(768), f32(16384), f32(16384));
        assertEquals(List.of("layer_norm_gradient_f32", "norm_gradient_finish_f32"), entries(kept));
        long partials = 2L * 512 * 768 * 4;
        assertEquals(partials, kept.plan().workspaceBytes());
        assertEquals(
                4.0 * (3 * 16384 * 768 + 3 * 768 + 2 * 16384) + 2 * partials,
                kept.plan().bytes());
        assertEquals(Set.of(new Alias(0, 0), new Alias(0, 1)), kept.plan().mayAlias());
        KernelChoice apart = choice(new RmsNormGradient(), bf16(64, 12288), bf16(64, 12288), bf16(12288), f32(64));
        assertEquals(
                List.of("rms_norm_gradient_columns_bf16", "rms_norm_gradient_rows_bf16", "norm_gradient_finish_bf16"),
                entries(apart));
        assertEquals(64L * 12288 * 4, apart.plan().workspaceBytes());
    }

    @Test
    void aNormMovesEachOfItsOperandsOnceWithWhatStandsBesideIt() {
        double n = 16384.0 * 768;
        FusedNorm norm = new FusedNorm(true, 1e-5, true, DType.BFLOAT16);
        KernelChoice forward = choice(norm, f32(16384, 768), f32(768), f32(768), bf16(16384, 768));
        assertEquals(List.of("fused_layer_norm_f32_bf16"), entries(forward));
        assertEquals(
                n * (4 + 2 + 4 + 2) + 4 * (2 * 768 + 2 * 16384), forward.plan().bytes());
        assertEquals(Set.of(new Alias(0, 0), new Alias(1, 3)), forward.plan().mayAlias());
        KernelChoice repeated =
                choice(norm.withNormed(DType.FLOAT32), f32(16, 1024, 768), f32(768), f32(768), f32(1024, 768));
        assertEquals(Set.of(new Alias(0, 0), new Alias(1, 0)), repeated.plan().mayAlias());
        FusedNormGradient gradient = FusedNormGradient.of(true).withResidual().withCopy(DType.BFLOAT16);
        KernelChoice backward =
                choice(gradient, bf16(16384, 768), f32(16384, 768), f32(768), f32(16384), f32(16384), f32(16384, 768));
        assertEquals(List.of("fused_layer_norm_gradient_f32", "norm_gradient_finish_f32"), entries(backward));
        long partials = 2L * 512 * 768 * 4;
        assertEquals(
                n * (2 + 4 + 4 + 4 + 2) + 4 * (3 * 768 + 2 * 16384) + 2 * partials,
                backward.plan().bytes());
        assertEquals(Set.of(new Alias(0, 1), new Alias(0, 5)), backward.plan().mayAlias());
    }

    @Test
    void whatNormsDoNotJoinIsDeclined() {
        assertTrue(chosen(new FusedNorm(false, 1e-5, true, DType.BFLOAT16), bf16(3, 5), f32(5), bf16(3, 5))
                .isEmpty());
        FusedNormGradient gradient = FusedNormGradient.of(false).withResidual();
        assertTrue(chosen(gradient, f32(3, 8193), f32(3, 8193), f32(8193), f32(3), f32(3, 8193))
                .isEmpty());
        assertTrue(chosen(gradient, f32(3, 8192), f32(3, 8192), f32(8192), f32(3), f32(3, 8192))
                .isPresent());
    }

    @Test
    void theLogitsAreReadOnceForwardAndTheirGradientTakesTheirPlace() {
        KernelChoice forward = choice(new CrossEntropy(-1), bf16(8192, 50257), i32(8192));
        assertEquals(List.of("cross_entropy_bf16", "cross_entropy_finish_bf16"), entries(forward));
        assertEquals(8192 * 4, forward.plan().workspaceBytes());
        assertEquals(2.0 * 8192 * 50257 + 8192 * (4 + 4 + 8) + 8, forward.plan().bytes());
        KernelChoice backward = choice(new CrossEntropyGradient(-1), bf16(8192, 50257), i32(8192), f32(8192), f32());
        assertEquals(Set.of(new Alias(0, 0)), backward.plan().mayAlias());
        assertEquals(0, backward.plan().workspaceBytes());
    }

    @Test
    void lossAndGradientAtOnceReadTheLogitsOnceAndWriteThemOnce() {
        KernelChoice fused = choice(new FusedCrossEntropy(-1), bf16(8192, 50257), i32(8192), f32());
        assertEquals(List.of("fused_cross_entropy_bf16", "cross_entropy_finish_bf16"), entries(fused));
        assertEquals(Set.of(new Alias(2, 0)), fused.plan().mayAlias());
        assertEquals(8192 * 4, fused.plan().workspaceBytes());
        assertEquals(2.0 * 2 * 8192 * 50257 + 8192 * (4 + 8) + 12, fused.plan().bytes());
        assertEquals(6284 * 16, launch(fused, 0).sharedBytes());
    }

    @Test
    void aRowIsKeptAsFarAsSharedMemoryGoes() {
        long needed = Math.ceilDiv(50257, 4) + 1;
        for (String name : List.of("h200", "a100", "l4")) {
            GpuModel model = GpuModel.of(name);
            List<TensorType> types = List.of(f32(8, 50257), i32(8), f32());
            Operation operation = new FusedCrossEntropy(-1);
            KernelChoice fused = Losses.kernels(model)
                    .choose(operation, types, operation.infer(types))
                    .orElseThrow();
            int shared = launch(fused, 0).sharedBytes();
            assertTrue(shared + 512 <= model.sharedBytesPerBlock(), name);
            assertEquals(Math.min(needed * 16, model.sharedBytesPerBlock() - 512), shared, name);
        }
    }

    @Test
    void tokensAreMergedOnlyWhereThereAreMoreThanAreSortedAtOnce() {
        List<String> few = entries(choice(new EmbeddingGradient(50257), i32(2, 1024), bf16(2, 1024, 768)));
        assertEquals(List.of("embedding_sort_i32", "embedding_starts_i32", "embedding_gradient_bf16"), few);
        KernelChoice many = choice(new EmbeddingGradient(50257), i32(3, 1024), bf16(3, 1024, 768));
        assertEquals("embedding_merge_i32", entries(many).get(1));
        assertEquals(4L * 4 * 3072 + (4 * 50258 + 255) / 256 * 256, many.plan().workspaceBytes());
    }

    @Test
    void whatTheEngineMayOverlayIsSaid() {
        assertEquals(
                Set.of(new Alias(0, 0), new Alias(0, 1)),
                choice(new SoftmaxGradient(), f32(3, 5), f32(3, 5)).plan().mayAlias());
        assertEquals(
                Set.of(new Alias(0, 0)),
                choice(new Rotary(3, 2, false), f32(2, 4, 12), f32(4, 4)).plan().mayAlias());
    }

    @Test
    void aBlockChoosesATokenFromARowOfLogits() {
        TensorType how = TensorType.of(DType.INT64, 4, ChooseToken.COLUMNS);
        KernelChoice choice = choice(new ChooseToken(), bf16(4, 50257), how);
        assertEquals(List.of("choose_token_bf16"), entries(choice));
        assertEquals(4, launch(choice, 0).grid().x());
        assertEquals(1024, launch(choice, 0).block().x());
        assertEquals(0, choice.plan().workspaceBytes());
        assertEquals(2.0 * 4 * 50257 + 4 * 48 + 4 * 4, choice.plan().bytes());
    }

    @Test
    void attentionOverACacheDeclinesHeadsThatFillItsSharedMemory() {
        TensorType cache = TensorType.of(DType.FLOAT64, 1, 1, 300, 512);
        assertTrue(chosen(new CachedAttention(), TensorType.of(DType.FLOAT64, 1, 1, 512), cache, cache, i32(1, 1))
                .isEmpty());
        KernelChoice choice = choice(
                new CachedAttention(), bf16(4, 1, 12 * 64), bf16(4, 12, 1024, 64), bf16(4, 12, 1024, 64), i32(4, 1));
        assertEquals(4 * 12 * 4, launch(choice, 0).grid().x());
        assertEquals(4L * 12 * 4 * (2 + 64) * 4, choice.plan().workspaceBytes());
    }
}
