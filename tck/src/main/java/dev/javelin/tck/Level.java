package dev.javelin.tck;

/** How binding a rule is, in the words of RFC 2119. A certificate needs every MUST that applies. */
public enum Level {
    MUST,
    SHOULD,
    MAY
}
