/**
 * Corpora and tokenizers: turns text into batches for the trainer.
 */
@NullMarked
package dev.javelin.data;

import org.jspecify.annotations.NullMarked;
