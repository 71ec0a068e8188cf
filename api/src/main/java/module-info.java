/** What model code is written in: tensors, layers, parameters, the trainer. */
module dev.javelin.api {
    requires static transitive org.jspecify;
}
