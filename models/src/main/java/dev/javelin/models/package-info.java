/**
 * Layers and model families, written as if for one device, against the api alone.
 *
 * <p>Reading order: {@link dev.javelin.models.Linear} (a layer in a few lines), {@link dev.javelin.models.GptBlock} and
 * {@link dev.javelin.models.Gpt} (a model made of layers), {@link dev.javelin.models.LanguageModule} (a model and its
 * loss: what a trainer takes), {@link dev.javelin.models.ModelSpec} (a model written as text, {@code
 * gpt:layers=6,width=384,...}), {@link dev.javelin.models.ModelPreset} (the named ones). Then {@link
 * dev.javelin.models.Llama}: the same in another family. What commands know of either is {@link
 * dev.javelin.models.LanguageModelSpec}.
 *
 * <pre>{@code
 * TrainingModule module = ModelSpec.parse("gpt:layers=6,width=384,heads=6,vocab=65,block=256").module();
 * TrainingModule small = ModelPreset.of("small").spec().module();
 * Layer attention = SelfAttention.rotary(512, Heads.causal(8).withKvHeads(2), 10000);   // in a model of one's own
 * }</pre>
 *
 * <p>Shapes in the comments: B rows, T positions, C width, V vocabulary or classes, F features. Nothing here allocates
 * or computes: constructors declare parameters and {@code forward} writes instructions. All types are immutable after
 * construction and may be shared between threads.
 */
@NullMarked
package dev.javelin.models;

import org.jspecify.annotations.NullMarked;
