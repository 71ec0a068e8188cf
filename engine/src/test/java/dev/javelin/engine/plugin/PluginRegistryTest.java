package dev.javelin.engine.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.Options;
import dev.javelin.spi.PluginProvider;
import dev.javelin.spi.Spi;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.StrategyProvider;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The plugin registry")
class PluginRegistryTest {
    @TempDir
    Path folder;

    @TempDir
    Path work;

    private PluginJars jars;

    @BeforeEach
    void prepare() {
        jars = new PluginJars(work);
    }

    @Test
    @DisplayName("runs a strategy from a jar dropped into the folder, in a module layer of its own")
    void runsADroppedInJar() throws IOException {
        jars.jar(folder.resolve("spread.jar"), PluginJars.strategy("com.acme.spread", "spread"), "");
        StrategyProvider provider = PluginRegistry.ofFolder(folder).strategy("spread");
        Strategy strategy = provider.strategy(Options.none("strategy.spread"));
        assertTrue(strategy.plan(null, null).units().isEmpty());
        Module module =
                provider(PluginRegistry.ofFolder(folder), "spread").getClass().getModule();
        assertEquals("com.acme.spread", module.getName());
        assertNotSame(PluginRegistry.class.getModule().getLayer(), module.getLayer());
    }

    @Test
    @DisplayName("lists kind, name, module, version, place, probe and reason")
    void listsEntries() throws IOException {
        Path jar = jars.jar(folder.resolve("spread.jar"), PluginJars.strategy("com.acme.spread", "spread"), "");
        List<PluginEntry> entries = dropped(PluginRegistry.ofFolder(folder));
        PluginEntry expected = new PluginEntry(
                PluginKind.STRATEGY,
                "spread",
                "com.acme.spread",
                "1.2.3",
                jar.toString(),
                PluginEntry.Status.AVAILABLE,
                "loaded by com.acme.spread");
        assertEquals(List.of(expected), entries);
    }

    @Test
    @DisplayName("gives a folder of jars one layer, with libraries that other plugins do not see")
    void runsAFolderOfJars() throws IOException {
        for (String name : List.of("one", "two")) {
            Path plugin = Files.createDirectory(folder.resolve(name));
            Map<String, String> library = Map.of(
                    "module-info.java",
                    "module com.acme.words { exports com.acme.words; }",
                    "com/acme/words/Word.java",
                    "package com.acme.words; public class Word { public static String word() { return \"" + name
                            + "\"; } }");
            Path words = jars.jar(plugin.resolve("words.jar"), library, "");
            String module = "com.acme." + name;
            Map<String, String> sources =
                    PluginJars.strategy(module, "return com.acme.words.Word.word();", "dev.javelin.spi.Spi.MAJOR", "");
            sources.computeIfPresent(
                    "module-info.java", (key, text) -> text.replace("{", "{ requires com.acme.words;"));
            jars.jar(plugin.resolve("plugin.jar"), sources, "", words);
        }
        assertEquals(
                List.of("one", "single", "two"), PluginRegistry.ofFolder(folder).names(PluginKind.STRATEGY));
    }

    @Test
    @DisplayName("takes a jar without a module descriptor as an automatic module")
    void runsAnAutomaticModule() throws IOException {
        Path modular = jars.jar(work.resolve("m.jar"), PluginJars.strategy("com.acme.plain", "plain"), "");
        Path classes = Files.createDirectories(work.resolve("unpacked"));
        try (var zip = java.nio.file.FileSystems.newFileSystem(modular)) {
            Files.createDirectories(classes.resolve("com.acme.plain").resolveSibling("com/acme/plain"));
            Files.copy(zip.getPath("com/acme/plain/Provider.class"), classes.resolve("com/acme/plain/Provider.class"));
        }
        Path services = Files.createDirectories(classes.resolve("META-INF/services"));
        Files.writeString(services.resolve(StrategyProvider.class.getName()), "com.acme.plain.Provider\n");
        java.util.spi.ToolProvider.findFirst("jar")
                .orElseThrow()
                .run(
                        System.out,
                        System.err,
                        "-c",
                        "-f",
                        folder.resolve("plain-2.0.jar").toString(),
                        "-C",
                        classes.toString(),
                        ".");
        PluginEntry entry = dropped(PluginRegistry.ofFolder(folder)).getFirst();
        assertEquals("plain", entry.name());
        assertEquals("plain", entry.module());
        assertEquals("2.0", entry.version());
    }

    @Test
    @DisplayName("leaves broken jars out with their reasons while the others work")
    void leavesBrokenJarsOut() throws IOException {
        jars.jar(folder.resolve("good.jar"), PluginJars.strategy("com.acme.good", "good"), "");
        Files.writeString(folder.resolve("a-text.jar"), "this is no jar");
        Files.createDirectory(folder.resolve("b-empty"));
        brokenProviders();
        Map<String, String> reasons = new TreeMap<>();
        for (PluginEntry entry : dropped(PluginRegistry.ofFolder(folder))) {
            reasons.put(Path.of(entry.location()).getFileName().toString(), entry.status() + " " + entry.reason());
        }
        assertReason(reasons, "good.jar", "AVAILABLE loaded by com.acme.good");
        assertReason(reasons, "a-text.jar", "LEFT_OUT JVL-PLG-0005");
        assertReason(reasons, "b-empty", "LEFT_OUT JVL-PLG-0005");
        assertReason(reasons, "c-lost.jar", "LEFT_OUT JVL-PLG-0005");
        assertTrue(reasons.get("c-lost.jar").contains("com.acme.library"), reasons.get("c-lost.jar"));
        assertReason(reasons, "d-throws.jar", "LEFT_OUT JVL-PLG-0004");
        assertTrue(reasons.get("d-throws.jar").contains("no licence"), reasons.get("d-throws.jar"));
        assertReason(reasons, "e-nameless.jar", "LEFT_OUT JVL-PLG-0004");
        assertReason(reasons, "f-linkage.jar", "LEFT_OUT JVL-PLG-0004");
        assertReason(reasons, "g-nothing.jar", "LEFT_OUT JVL-PLG-0006");
        assertReason(reasons, "h-null.jar", "LEFT_OUT JVL-PLG-0004");
        assertEquals(9, reasons.size());
    }

    private void brokenProviders() throws IOException {
        Map<String, String> library = Map.of("module-info.java", "module com.acme.library { }");
        Path lost = jars.jar(work.resolve("library.jar"), library, "");
        Map<String, String> unresolved = PluginJars.strategy("com.acme.lost", "lost");
        unresolved.computeIfPresent(
                "module-info.java", (key, text) -> text.replace("{", "{ requires com.acme.library;"));
        jars.jar(folder.resolve("c-lost.jar"), unresolved, "", lost);
        String major = "dev.javelin.spi.Spi.MAJOR";
        String name = "return \"broken\";";
        String throwing = "if (true) throw new IllegalStateException(\"no licence\");";
        jars.jar(folder.resolve("d-throws.jar"), PluginJars.strategy("com.acme.d", name, major, throwing), "");
        String nameless = "throw new UnsupportedOperationException();";
        jars.jar(folder.resolve("e-nameless.jar"), PluginJars.strategy("com.acme.e", nameless, major, ""), "");
        String linkage = "throw new NoClassDefFoundError(\"dev/javelin/spi/Gone\");";
        jars.jar(folder.resolve("f-linkage.jar"), PluginJars.strategy("com.acme.f", linkage, major, ""), "");
        jars.jar(folder.resolve("g-nothing.jar"), Map.of("module-info.java", "module com.acme.g { }"), "");
        jars.jar(folder.resolve("h-null.jar"), PluginJars.strategy("com.acme.h", "return null;", major, ""), "");
    }

    private static void assertReason(Map<String, String> reasons, String file, String start) {
        assertTrue(reasons.getOrDefault(file, "").startsWith(start), () -> file + ": " + reasons);
    }

    @Test
    @DisplayName("names the jar of a plugin that lacks a class when it is used")
    void namesTheJarThatDoesNotFit() throws IOException {
        Map<String, String> library = Map.of(
                "module-info.java",
                "module com.acme.words { exports com.acme.words; }",
                "com/acme/words/Word.java",
                "package com.acme.words; public class Word { public static void say() { } }");
        Path words = jars.jar(work.resolve("words.jar"), library, "");
        Map<String, String> sources = PluginJars.strategy("com.acme.unfit", "unfit");
        sources.computeIfPresent(
                "module-info.java", (key, text) -> text.replace("{", "{ requires static com.acme.words;"));
        sources.computeIfPresent(
                "com.acme.unfit/Provider.java",
                (key, text) ->
                        text.replace("return (model, context)", "com.acme.words.Word.say(); return (model, context)"));
        Path jar = jars.jar(folder.resolve("unfit.jar"), sources, "", words);
        StrategyProvider provider = PluginRegistry.ofFolder(folder).strategy("unfit");
        JavelinException error =
                assertThrows(JavelinException.class, () -> provider.strategy(Options.none("strategy.unfit")));
        assertEquals("JVL-PLG-0004", error.code());
        assertTrue(error.problem().contains("strategy 'unfit' from " + jar), error.problem());
        assertTrue(error.problem().contains("com/acme/words/Word"), error.problem());
    }

    @Test
    @DisplayName("names the JDK module that a plugin requires and this JVM was started without, and the flag")
    void namesMissingModulesOfTheJdk() throws IOException {
        String missing = ModuleFinder.ofSystem().findAll().stream()
                .map(module -> module.descriptor().name())
                .filter(name -> ModuleLayer.boot().findModule(name).isEmpty())
                .sorted()
                .findFirst()
                .orElseThrow();
        Map<String, String> sources = PluginJars.strategy("com.acme.jdk", "jdk");
        sources.computeIfPresent("module-info.java", (key, text) -> text.replace("{", "{ requires " + missing + ";"));
        jars.jar(folder.resolve("jdk.jar"), sources, "");
        PluginEntry entry = dropped(PluginRegistry.ofFolder(folder)).getFirst();
        assertEquals(PluginEntry.Status.LEFT_OUT, entry.status());
        assertTrue(entry.reason().startsWith("JVL-PLG-0005"), entry.reason());
        assertTrue(entry.reason().contains("requires the JDK's " + missing), entry.reason());
        assertTrue(entry.reason().contains("--add-modules=" + missing), entry.reason());
    }

    @Test
    @DisplayName("leaves out a plugin for another spi major and names both versions")
    void refusesAnotherMajor() throws IOException {
        int other = Spi.MAJOR + 1;
        jars.jar(
                folder.resolve("newer.jar"),
                PluginJars.strategy("com.acme.newer", "return \"newer\";", String.valueOf(other), ""),
                "");
        PluginRegistry registry = PluginRegistry.ofFolder(folder);
        PluginEntry entry = dropped(registry).getFirst();
        assertEquals(PluginEntry.Status.LEFT_OUT, entry.status());
        assertEquals("newer", entry.name());
        assertTrue(entry.reason().startsWith("JVL-PLG-0003"), entry.reason());
        assertTrue(entry.reason().contains("spi major " + other + ", this is " + Spi.MAJOR), entry.reason());
        JavelinException unknown = assertThrows(JavelinException.class, () -> registry.strategy("newer"));
        assertTrue(unknown.remedy().contains("JVL-PLG-0003"), unknown.getMessage());
    }

    @Test
    @DisplayName("refuses a name that is taken twice and shows both places, and keeps other names working")
    void refusesDuplicates() throws IOException {
        Path first = jars.jar(folder.resolve("first.jar"), PluginJars.strategy("com.acme.first", "same"), "");
        Path second = jars.jar(folder.resolve("second.jar"), PluginJars.strategy("com.acme.second", "same"), "");
        jars.jar(folder.resolve("third.jar"), PluginJars.strategy("com.acme.third", "other"), "");
        PluginRegistry registry = PluginRegistry.ofFolder(folder);
        JavelinException error = assertThrows(JavelinException.class, () -> registry.strategy("same"));
        assertEquals("JVL-PLG-0002", error.code());
        assertTrue(error.getMessage().contains(first.toString()), error.getMessage());
        assertTrue(error.getMessage().contains(second.toString()), error.getMessage());
        assertEquals("other", registry.strategy("other").name());
    }

    @Test
    @DisplayName("names what there is and the nearest when a name is unknown")
    void namesTheNearest() throws IOException {
        jars.jar(folder.resolve("spread.jar"), PluginJars.strategy("com.acme.spread", "spread"), "");
        PluginRegistry registry = PluginRegistry.ofFolder(folder);
        JavelinException error = assertThrows(JavelinException.class, () -> registry.strategy("spraed"));
        assertEquals("JVL-PLG-0001", error.code());
        assertTrue(error.problem().contains("did you mean 'spread'?"), error.getMessage());
        assertTrue(error.remedy().contains("[single, spread]"), error.getMessage());
        assertThrows(JavelinException.class, () -> registry.accelerator("spread"));
    }

    @Test
    @DisplayName("grants native access to the plugins whose manifest asks for it, and to no other")
    void grantsNativeAccess() throws IOException {
        jars.jar(
                folder.resolve("asks.jar"),
                PluginJars.strategy("com.acme.asks", "asks"),
                "Enable-Native-Access: ALL-UNNAMED\n");
        jars.jar(
                folder.resolve("names.jar"),
                PluginJars.strategy("com.acme.names", "names"),
                "Enable-Native-Access: com.acme.names\n");
        jars.jar(folder.resolve("silent.jar"), PluginJars.strategy("com.acme.silent", "silent"), "");
        jars.jar(
                folder.resolve("typo.jar"),
                PluginJars.strategy("com.acme.typo", "typo"),
                "Enable-Native-Access: com.acme.tpyo\n");
        PluginRegistry registry = PluginRegistry.ofFolder(folder);
        assertTrue(nativeAccess(registry, "asks"));
        assertTrue(nativeAccess(registry, "names"));
        assertFalse(nativeAccess(registry, "silent"));
        String reason = dropped(registry).getLast().reason();
        assertTrue(reason.contains("unknown module com.acme.tpyo"), reason);
    }

    /** The entries of the folder, without the plugins that happen to lie on the module path of this test. */
    private List<PluginEntry> dropped(PluginRegistry registry) {
        return registry.entries().stream()
                .filter(entry -> entry.location().startsWith(folder.toString()))
                .toList();
    }

    private static boolean nativeAccess(PluginRegistry registry, String name) {
        return provider(registry, name).getClass().getModule().isNativeAccessEnabled();
    }

    /** The plugin's own provider, without the guard around it. */
    private static PluginProvider provider(PluginRegistry registry, String name) {
        return registry.named(PluginKind.STRATEGY, name).provider();
    }

    @Test
    @DisplayName("shares the spi with plugins that bring a copy of it")
    void ignoresCopiesOfTheSpi() throws IOException {
        Path plugin = Files.createDirectory(folder.resolve("fat"));
        jars.jar(plugin.resolve("fat.jar"), PluginJars.strategy("com.acme.fat", "fat"), "");
        jars.jar(plugin.resolve("spi.jar"), Map.of("module-info.java", "module dev.javelin.spi { }"), "");
        PluginProvider provider = provider(PluginRegistry.ofFolder(folder), "fat");
        assertSame(StrategyProvider.class, provider.getClass().getInterfaces()[0]);
    }

    @Test
    @DisplayName("takes a folder that does not exist as empty")
    void acceptsAMissingFolder() {
        assertEquals(List.of(), dropped(PluginRegistry.ofFolder(folder.resolve("none"))));
    }

    @Test
    @DisplayName("keeps two registries apart: what one opens the other does not see")
    void keepsRegistriesApart() throws IOException {
        jars.jar(folder.resolve("spread.jar"), PluginJars.strategy("com.acme.spread", "spread"), "");
        PluginRegistry with = PluginRegistry.ofFolder(folder);
        PluginRegistry without = PluginRegistry.ofModulePath();
        assertEquals(List.of("single", "spread"), with.names(PluginKind.STRATEGY));
        assertEquals(List.of("single"), without.names(PluginKind.STRATEGY));
    }
}
