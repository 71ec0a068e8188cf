package dev.javelin.engine.profile;

/**
 * Time of several spans together.
 *
 * @param name what they have in common
 * @param flops floating-point operations, by the kernels' plans
 * @param bytes memory traffic by the kernels' plans; of collectives the payload that is sent
 */
record Row(String name, long calls, long nanos, double flops, double bytes) {
    static Row empty(String name) {
        return new Row(name, 0, 0, 0, 0);
    }

    Row plus(long spanNanos, double spanFlops, double spanBytes) {
        return new Row(name, calls + 1, nanos + spanNanos, flops + spanFlops, bytes + spanBytes);
    }
}
