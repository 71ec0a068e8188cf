/**
 * What a vendor writes: strategies, accelerators, communicators and offloaders. Everything here is an interface
 * or plain data; the engine calls it.
 */
@NullMarked
package dev.javelin.spi;

import org.jspecify.annotations.NullMarked;
