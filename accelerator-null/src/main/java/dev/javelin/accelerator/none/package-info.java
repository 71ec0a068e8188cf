/**
 * An accelerator that only plans: it answers what a device would need, and opens none.
 */
@NullMarked
package dev.javelin.accelerator.none;

import org.jspecify.annotations.NullMarked;
