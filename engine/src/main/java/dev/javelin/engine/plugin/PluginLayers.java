package dev.javelin.engine.plugin;

import dev.javelin.api.JavelinException;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolutionException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/** Makes the module layer of one dropped-in plugin. */
final class PluginLayers {
    /** Modules that plugin and engine share; a copy beside the plugin is ignored. */
    private static final Set<String> SHARED = Set.of("dev.javelin.api", "dev.javelin.spi", "dev.javelin.engine");

    private PluginLayers() {}

    /**
     * A layer with all modules of the plugin, native access granted as their manifests ask.
     *
     * @throws JavelinException {@code JVL-PLG-0005} with the reason why there can be none
     */
    static ModuleLayer open(PluginFolder.Drop drop, ModuleLayer parent) {
        if (drop.modulePath().isEmpty()) {
            throw unusable(drop, "the folder holds no jar", null);
        }
        try {
            ModuleFinder own =
                    new WithoutShared(ModuleFinder.of(drop.modulePath().toArray(Path[]::new)));
            Set<String> roots = own.findAll().stream()
                    .map(reference -> reference.descriptor().name())
                    .collect(Collectors.toCollection(TreeSet::new));
            Configuration configuration =
                    Configuration.resolve(own, List.of(parent.configuration()), ModuleFinder.of(), roots);
            ModuleLayer.Controller controller = ModuleLayer.defineModulesWithOneLoader(
                    configuration, List.of(parent), PluginLayers.class.getClassLoader());
            grantNativeAccess(drop, controller);
            return controller.layer();
        } catch (FindException e) {
            throw notFound(drop, parent, e);
        } catch (ResolutionException | LayerInstantiationException e) {
            throw unusable(drop, withCause(e), e);
        } catch (IOException e) {
            throw unusable(drop, "its manifest cannot be read: " + e.getMessage(), e);
        } catch (IllegalCallerException e) {
            throw new JavelinException(
                    "JVL-PLG-0008",
                    "plugin " + drop.path() + " asks for native access, which the engine may not grant",
                    "start the JVM with --enable-native-access=dev.javelin.engine",
                    e);
        }
    }

    /** Says how to get modules of the JDK that this JVM was started without. */
    private static JavelinException notFound(PluginFolder.Drop drop, ModuleLayer parent, FindException cause) {
        Set<String> missing = missing(drop, parent);
        if (missing.isEmpty()) {
            return unusable(drop, withCause(cause), cause);
        }
        String names = String.join(",", missing);
        return new JavelinException(
                "JVL-PLG-0005",
                "plugin " + drop.path() + " makes no module layer: it requires the JDK's " + names
                        + ", which this JVM was started without",
                "start the JVM with --add-modules=" + names + " (the launcher: JDK_JAVA_OPTIONS=--add-modules=" + names
                        + " ./javelin ...)",
                cause);
    }

    /** The JDK's modules that the plugin's modules require and that are not there. */
    private static Set<String> missing(PluginFolder.Drop drop, ModuleLayer parent) {
        Set<String> missing = new TreeSet<>();
        try {
            for (ModuleReference module :
                    ModuleFinder.of(drop.modulePath().toArray(Path[]::new)).findAll()) {
                for (ModuleDescriptor.Requires requires : module.descriptor().requires()) {
                    boolean optional = requires.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC);
                    if (!optional
                            && parent.findModule(requires.name()).isEmpty()
                            && ModuleFinder.ofSystem().find(requires.name()).isPresent()) {
                        missing.add(requires.name());
                    }
                }
            }
        } catch (FindException e) {
            return Set.of(); // the jar itself cannot be read, which the caller's error says
        }
        return missing;
    }

    private static void grantNativeAccess(PluginFolder.Drop drop, ModuleLayer.Controller controller)
            throws IOException {
        for (Path jar : drop.modulePath()) {
            if (!jar.toString().endsWith(".jar")) {
                continue;
            }
            for (String name : nativeAccess(jar)) {
                Optional<Module> module =
                        name.equals("ALL-UNNAMED") ? moduleOf(jar, controller) : local(name, controller.layer());
                if (module.isEmpty() && !name.equals("ALL-UNNAMED")) {
                    throw unusable(drop, "its manifest enables native access for unknown module " + name, null);
                }
                module.ifPresent(controller::enableNativeAccess);
            }
        }
    }

    private static List<String> nativeAccess(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            String value =
                    manifest == null ? null : manifest.getMainAttributes().getValue("Enable-Native-Access");
            return value == null ? List.of() : List.of(value.strip().split("\\s*,\\s*"));
        }
    }

    private static Optional<Module> moduleOf(Path jar, ModuleLayer.Controller controller) {
        URI location = jar.toUri();
        return controller.layer().configuration().modules().stream()
                .filter(module -> module.reference().location().equals(Optional.of(location)))
                .findFirst()
                .flatMap(module -> local(module.name(), controller.layer()));
    }

    private static Optional<Module> local(String name, ModuleLayer layer) {
        return layer.modules().stream()
                .filter(module -> name.equals(module.getName()))
                .findFirst();
    }

    private static String withCause(RuntimeException e) {
        Throwable cause = e.getCause();
        return cause == null ? String.valueOf(e.getMessage()) : e.getMessage() + " (" + cause.getMessage() + ")";
    }

    private static JavelinException unusable(
            PluginFolder.Drop drop, String reason, @org.jspecify.annotations.Nullable Exception cause) {
        String problem = "plugin " + drop.path() + " makes no module layer: " + reason;
        String remedy = "replace or remove it; a plugin is a modular jar, or a folder with one and its libraries";
        return cause == null
                ? new JavelinException("JVL-PLG-0005", problem, remedy)
                : new JavelinException("JVL-PLG-0005", problem, remedy, cause);
    }

    /** A finder that does not see copies of the shared modules. */
    private record WithoutShared(ModuleFinder all) implements ModuleFinder {
        @Override
        public Optional<ModuleReference> find(String name) {
            return SHARED.contains(name) ? Optional.empty() : all.find(name);
        }

        @Override
        public Set<ModuleReference> findAll() {
            return all.findAll().stream()
                    .filter(reference -> !SHARED.contains(reference.descriptor().name()))
                    .collect(Collectors.toSet());
        }
    }
}
