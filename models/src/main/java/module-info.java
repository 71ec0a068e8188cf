/** Layers and model families written against the api alone. */
module dev.javelin.models {
    requires transitive dev.javelin.api;

    exports dev.javelin.models;
    exports dev.javelin.models.huggingface;
}
