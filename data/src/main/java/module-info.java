/** Corpora and tokenizers: batches for the trainer. */
module dev.javelin.data {
    requires transitive dev.javelin.api;
    requires de.siegmar.fastcsv;

    exports dev.javelin.data;
    exports dev.javelin.data.table;
}
