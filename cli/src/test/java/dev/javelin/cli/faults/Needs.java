package dev.javelin.cli.faults;

import java.io.File;
import org.junit.jupiter.api.Assumptions;

/** What a machine must have for a test; without it the test says so aloud and counts as skipped. */
final class Needs {
    private Needs() {}

    static void program(String name, String debianPackage) {
        String path = System.getenv("PATH") + File.pathSeparator + "/usr/sbin" + File.pathSeparator + "/sbin";
        for (String folder : path.split(File.pathSeparator)) {
            if (new File(folder, name).canExecute()) {
                return;
            }
        }
        skip("no program " + name + "; install it (Debian: " + debianPackage + ")");
    }

    static void root() {
        if (!"root".equals(System.getProperty("user.name"))) {
            skip("network namespaces are made by root alone");
        }
    }

    /** Says aloud why a test is skipped, and skips it. */
    static void skip(String why) {
        System.out.println("SKIPPED, fault matrix: " + why);
        Assumptions.abort(why);
    }
}
