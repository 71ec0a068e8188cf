/**
 * The kit in a vendor's own tests: {@link dev.javelin.tck.junit.RuleTests} makes a JUnit 5 dynamic test of each rule.
 * This package alone needs JUnit.
 */
@NullMarked
package dev.javelin.tck.junit;

import org.jspecify.annotations.NullMarked;
