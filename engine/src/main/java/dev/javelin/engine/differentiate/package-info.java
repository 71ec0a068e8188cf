/**
 * Reverse-mode differentiation: {@link dev.javelin.engine.differentiate.Differentiation} walks a program backwards,
 * asks each operation's gradient rule for its contributions and adds them up. The rules are in the operations.
 */
@NullMarked
package dev.javelin.engine.differentiate;

import org.jspecify.annotations.NullMarked;
