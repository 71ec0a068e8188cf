package dev.javelin.accelerator.cpu.fast;

/** Philox4x32-10 for one counter; {@link Dropout} has the same rounds over vectors. */
final class Philox {

    static final int ROUNDS = 10;
    static final long MULTIPLIER_0 = 0xD2511F53L;
    static final long MULTIPLIER_1 = 0xCD9E8D57L;
    static final int WEYL_0 = 0x9E3779B9;
    static final int WEYL_1 = 0xBB67AE85;
    static final long LOW = 0xFFFFFFFFL;

    private Philox() {}

    /** Word 0 to 3 of the block whose counter is (low word of block, high word xor call, step, micro). */
    static int word(Dropout.Words words, long block, int index) {
        long c0 = block & LOW;
        long c1 = block >>> 32 ^ words.call() & LOW;
        long c2 = words.step() & LOW;
        long c3 = words.micro() & LOW;
        int key0 = words.key0();
        int key1 = words.key1();
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = c0 * MULTIPLIER_0;
            long product1 = c2 * MULTIPLIER_1;
            c0 = product1 >>> 32 ^ c1 ^ key0 & LOW;
            c1 = product1 & LOW;
            c2 = product0 >>> 32 ^ c3 ^ key1 & LOW;
            c3 = product0 & LOW;
            key0 += WEYL_0;
            key1 += WEYL_1;
        }
        return (int) (index == 0 ? c0 : index == 1 ? c1 : index == 2 ? c2 : c3);
    }
}
