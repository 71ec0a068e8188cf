/**
 * The libraries of NVIDIA: one class binds the driver ({@link dev.javelin.accelerator.cuda.driver.Driver}, by JCuda).
 * Nothing in this package knows of tensors or operations.
 */
@NullMarked
package dev.javelin.accelerator.cuda.driver;

import org.jspecify.annotations.NullMarked;
