/**
 * The strategy of one rank: everything is replicated over a mesh of size one.
 */
@NullMarked
package dev.javelin.strategy.single;

import org.jspecify.annotations.NullMarked;
