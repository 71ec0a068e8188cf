package dev.javelin.engine.run;

/**
 * Where the first number that is not finite came from.
 *
 * @param what the operation and its place, or the parameter or field that already held it
 * @param value NaN or an infinity
 */
public record NonFinite(String what, double value) {}
