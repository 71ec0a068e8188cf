/**
 * NVIDIA's driver and where its libraries are. {@link dev.javelin.accelerator.cuda.driver.Libraries} finds files by soname;
 * {@link dev.javelin.accelerator.cuda.driver.Gpu} looks by java.lang.foreign whether there is a driver and a GPU, so that
 * JCuda is touched only where both are; {@link dev.javelin.accelerator.cuda.driver.Driver} is JCuda's binding of the
 * driver's calls with every code checked, which become errors in {@link dev.javelin.accelerator.cuda.driver.DriverErrors}.
 *
 * <p>Nothing in this package knows of tensors or operations.
 */
@NullMarked
package dev.javelin.accelerator.cuda.driver;

import org.jspecify.annotations.NullMarked;
