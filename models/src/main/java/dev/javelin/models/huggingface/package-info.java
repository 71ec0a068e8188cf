/**
 * Models as Hugging Face's transformers library names them: for each family that both know, how its tensors are called and
 * laid out there, and what its {@code config.json} says. All of it is data; files are the business of whoever reads them.
 *
 * <pre>{@code
 * HuggingFace family = HuggingFace.of(spec);
 * family.tensors(spec);                    // h.0.attn_qkv.weight ↔ transformer.h.0.attn.c_attn.weight, transposed
 * family.config(spec, DType.FLOAT32);      // {"model_type": "gpt2", "n_embd": 768, ...}
 * ModelSpec read = HuggingFace.spec(config);
 * }</pre>
 *
 * <p>Reading order: {@link dev.javelin.models.huggingface.HuggingFace}, {@link
 * dev.javelin.models.huggingface.ForeignTensor}, then a family: {@code Gpt2Names}, {@code LlamaNames}.
 *
 * <p>Source: the classes {@code GPT2Config}, {@code LlamaConfig}, {@code GPT2LMHeadModel} and {@code LlamaForCausalLM} of
 * transformers, whose attribute names are those of the tensors. GPT-2 keeps the weights of its blocks as {@code Conv1D},
 * [in, out], where a linear layer has [out, in].
 */
@NullMarked
package dev.javelin.models.huggingface;

import org.jspecify.annotations.NullMarked;
