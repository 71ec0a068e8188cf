/** Corpora and tokenizers: batches for the trainer. */
module dev.javelin.data {
    requires transitive dev.javelin.api;
    requires ai.djl.tokenizers;
    requires com.fasterxml.jackson.databind;
    requires de.siegmar.fastcsv;
    requires flatbuffers.java;
    requires jtokkit;
    requires org.apache.arrow.format;

    exports dev.javelin.data;
    exports dev.javelin.data.arrow;
    exports dev.javelin.data.corpus;
    exports dev.javelin.data.table;
    exports dev.javelin.data.tokenize;
}
