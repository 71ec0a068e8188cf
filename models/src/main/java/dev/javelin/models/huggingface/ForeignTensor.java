package dev.javelin.models.huggingface;

/**
 * A parameter and its counterpart in another system.
 *
 * @param path of our parameter
 * @param name of the tensor there
 * @param transposed whether the matrix there is [in, out]
 */
public record ForeignTensor(String path, String name, boolean transposed) {}
