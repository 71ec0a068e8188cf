/**
 * What {@code javelin explain} shows: {@link dev.javelin.cli.explain.Explanation} turns a compilation into lines for
 * people and into one object for programs. Pure; any thread.
 */
@NullMarked
package dev.javelin.cli.explain;

import org.jspecify.annotations.NullMarked;
