package dev.javelin.cli.exchange;

/** Whose names and layout the tensors of files have. */
public enum Format {
    /** Those of Hugging Face's transformers. */
    HF,
    /** Our own. */
    SAFETENSORS
}
