/**
 * The command line: maps words to typed settings once, runs the engine, and turns errors into exit codes.
 */
@NullMarked
package dev.javelin.cli;

import org.jspecify.annotations.NullMarked;
