/**
 * JMH benchmarks of the kernels, each beside the limit it is measured against.
 */
@NullMarked
package dev.javelin.benchmarks;

import org.jspecify.annotations.NullMarked;
