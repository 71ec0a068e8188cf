package dev.javelin.accelerator.cuda.driver;

import dev.javelin.api.JavelinException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The entries of a PTX text and the sizes of their parameters, as the text declares them. The driver does not say how
 * many parameters a kernel has, and reads beyond a list that is too short; so launches are compared with this.
 */
public final class PtxEntries {
    private static final Pattern ENTRY = Pattern.compile("\\.visible \\.entry (\\w+)\\(([^)]*)\\)");
    private static final Pattern PARAMETER =
            Pattern.compile("\\.param (?:\\.align \\d+ )?\\.[bsuf](\\d+)[^\\[,]*(?:\\[(\\d+)])?");
    private static final int BITS = 8;

    private final String family;
    private final Map<String, List<Integer>> entries;

    private PtxEntries(String family, Map<String, List<Integer>> entries) {
        this.family = family;
        this.entries = entries;
    }

    /** Reads the entries of a family's PTX. */
    public static PtxEntries of(String family, String ptx) {
        Map<String, List<Integer>> entries = new HashMap<>();
        Matcher entry = ENTRY.matcher(ptx);
        while (entry.find()) {
            List<Integer> bytes = new ArrayList<>();
            Matcher parameter = PARAMETER.matcher(entry.group(2));
            while (parameter.find()) {
                int each = Integer.parseInt(parameter.group(1)) / BITS;
                bytes.add(parameter.group(2) == null ? each : each * Integer.parseInt(parameter.group(2)));
            }
            entries.put(entry.group(1), List.copyOf(bytes));
        }
        return new PtxEntries(family, Map.copyOf(entries));
    }

    /** The names of all entries, and the bytes of each parameter. */
    public Map<String, List<Integer>> all() {
        return entries;
    }

    /**
     * Requires that an entry takes parameters of these sizes.
     *
     * @throws JavelinException {@code JVL-CUD-0007} if it takes others or is not there
     */
    public void require(String entry, List<Integer> bytes) {
        List<Integer> declared = entries.get(entry);
        if (declared == null) {
            throw new JavelinException(
                    "JVL-CUD-0007",
                    "family " + family + " of the GPU's kernels has no entry " + entry,
                    "run accelerator-cuda/compile-kernels " + family
                            + " and build again; if the jar came so, report it");
        }
        if (!declared.equals(bytes)) {
            throw new JavelinException(
                    "JVL-CUD-0007",
                    "entry " + entry + " takes parameters of " + declared + " bytes, the launch gives " + bytes,
                    "run accelerator-cuda/compile-kernels " + family
                            + " and build again; if the jar came so, report it");
        }
    }
}
