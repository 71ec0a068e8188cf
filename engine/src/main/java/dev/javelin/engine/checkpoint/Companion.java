package dev.javelin.engine.checkpoint;

/**
 * A file that lies in every checkpoint of a run beside its tensors, so that the model is of use without what it was trained
 * with, for example a tokenizer.
 *
 * @param name a plain file name, none of those of the checkpoint itself
 * @param content the bytes, which the caller does not change afterwards
 */
public record Companion(String name, byte[] content) {
    public Companion {
        boolean own = name.equals(Manifest.FILE) || name.equals(Manifest.MARKER) || name.endsWith(".safetensors");
        if (own || name.startsWith(".") || !name.matches("[A-Za-z0-9._-]+")) {
            throw new IllegalArgumentException("'" + name + "' is no name for a file beside a checkpoint's tensors");
        }
    }
}
