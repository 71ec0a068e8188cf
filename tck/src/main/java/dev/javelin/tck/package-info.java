/**
 * The technology compatibility kit. For now it holds the golden training cases, in
 * {@code dev.javelin.tck.golden}; the numbered rules for plugins will stand beside them.
 */
@NullMarked
package dev.javelin.tck;

import org.jspecify.annotations.NullMarked;
