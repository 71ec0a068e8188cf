package dev.javelin.api;

/** The element types of a tensor. Names follow the safetensors format. */
public enum DType {
    FLOAT64("F64", 8, true),
    FLOAT32("F32", 4, true),
    BFLOAT16("BF16", 2, true),
    FLOAT16("F16", 2, true),
    INT64("I64", 8, false),
    INT32("I32", 4, false),
    UINT8("U8", 1, false),
    BOOL("BOOL", 1, false);

    private final String label;
    private final int bytes;
    private final boolean floating;

    DType(String label, int bytes, boolean floating) {
        this.label = label;
        this.bytes = bytes;
        this.floating = floating;
    }

    /** The name used in programs, reports and safetensors headers, for example {@code F32}. */
    public String label() {
        return label;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** True for the floating-point types: the ones that have gradients. */
    public boolean floating() {
        return floating;
    }

    /** True for the floating types of 16 bits. */
    public boolean half() {
        return floating && bytes == 2;
    }

    /**
     * The type in which sums and statistics of elements of this type are kept, and in which an operation on them computes
     * before it rounds its result once: FLOAT32 for the 16-bit types, the type itself otherwise.
     */
    public DType wide() {
        return half() ? FLOAT32 : this;
    }

    /**
     * The type with this label.
     *
     * @throws JavelinException {@code JVL-API-0001} for an unknown label
     */
    public static DType of(String label) {
        for (DType type : values()) {
            if (type.label.equals(label)) {
                return type;
            }
        }
        throw new JavelinException(
                "JVL-API-0001",
                "unknown element type '" + label + "'",
                "use one of F64, F32, BF16, F16, I64, I32, U8, BOOL");
    }
}
