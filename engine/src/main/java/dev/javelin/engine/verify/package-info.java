/**
 * Verifying: a placed program is checked by simulating it, independently of how it was placed.
 * {@link dev.javelin.engine.verify.Verifier} follows who wrote every byte and who may still read it. Pure.
 */
@NullMarked
package dev.javelin.engine.verify;

import org.jspecify.annotations.NullMarked;
