package dev.javelin.cluster.environments;

import java.util.ArrayList;
import java.util.List;

/**
 * Slurm's lists of hosts: names apart by commas, with ranges in brackets, {@code node[01-03,7],gpu5}; several brackets in
 * one name multiply, {@code rack[1-2]node[1-4]}. A number keeps the zeros ahead of it.
 */
final class HostList {
    private static final int MOST = 1 << 20;

    private HostList() {}

    /**
     * All hosts, in the order of the list.
     *
     * @throws IllegalArgumentException for a list that is none
     */
    static List<String> expand(String list) {
        List<String> hosts = new ArrayList<>();
        for (String name : split(list)) {
            product("", name, hosts);
        }
        return hosts;
    }

    /** Cuts at commas outside of brackets. */
    private static List<String> split(String list) {
        List<String> names = new ArrayList<>();
        int depth = 0;
        int begin = 0;
        for (int i = 0; i <= list.length(); i++) {
            char c = i < list.length() ? list.charAt(i) : ',';
            if (c == '[') {
                depth++;
            } else if (c == ']') {
                depth--;
            } else if (c == ',' && (depth == 0 || i == list.length())) {
                require(depth == 0 && i > begin, list);
                names.add(list.substring(begin, i));
                begin = i + 1;
            }
            require(depth == 0 || depth == 1, list);
        }
        return names;
    }

    /** Adds all that a name stands for, behind what is known of it. */
    private static void product(String known, String rest, List<String> hosts) {
        int open = rest.indexOf('[');
        if (open < 0) {
            require(hosts.size() < MOST, rest);
            hosts.add(known + rest);
            return;
        }
        int close = rest.indexOf(']', open);
        String before = known + rest.substring(0, open);
        for (String range : rest.substring(open + 1, close).split(",", -1)) {
            for (String number : numbers(range)) {
                product(before + number, rest.substring(close + 1), hosts);
            }
        }
    }

    /** For example {@code 08-11}: 08, 09, 10, 11. */
    private static List<String> numbers(String range) {
        int dash = range.indexOf('-');
        String first = dash < 0 ? range : range.substring(0, dash);
        String last = dash < 0 ? range : range.substring(dash + 1);
        require(first.matches("[0-9]{1,9}") && last.matches("[0-9]{1,9}"), range);
        int from = Integer.parseInt(first);
        int to = Integer.parseInt(last);
        require(from <= to && to - from < MOST, range);
        List<String> numbers = new ArrayList<>();
        for (int number = from; number <= to; number++) {
            String digits = String.valueOf(number);
            numbers.add("0".repeat(Math.max(0, first.length() - digits.length())) + digits);
        }
        return numbers;
    }

    private static void require(boolean well, String part) {
        if (!well) {
            throw new IllegalArgumentException("'" + part + "' is no list of hosts");
        }
    }
}
