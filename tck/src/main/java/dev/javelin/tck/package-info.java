/**
 * Numbered rules that every plugin keeps, one check each, and the golden training cases.
 */
@NullMarked
package dev.javelin.tck;

import org.jspecify.annotations.NullMarked;
