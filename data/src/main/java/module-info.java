/** Corpora and tokenizers: batches for the trainer. */
module dev.javelin.data {
    requires transitive dev.javelin.api;

    exports dev.javelin.data;
}
