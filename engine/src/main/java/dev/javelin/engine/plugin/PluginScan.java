package dev.javelin.engine.plugin;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.PluginProvider;
import dev.javelin.spi.Spi;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** The providers of one module layer: those that work, and those left out with their reasons. */
final class PluginScan {
    /** A provider that answers to its name. */
    record Found(PluginKind kind, String name, PluginProvider provider) {}

    final List<Found> found = new ArrayList<>();
    final List<PluginEntry> leftOut = new ArrayList<>();

    /**
     * Adds the providers of a layer itself, not those of its parents.
     *
     * @param origin jar or folder in the plugins folder; null for the engine's own layer
     */
    void addLayer(ModuleLayer layer, @Nullable Path origin) {
        int before = found.size() + leftOut.size();
        for (PluginKind kind : PluginKind.values()) {
            // The loader starts with the layer itself, so the parents' providers come after its own.
            addAll(kind, ServiceLoader.load(layer, kind.service()), declared(layer, kind), origin);
        }
        if (origin != null && found.size() + leftOut.size() == before) {
            addLeftOut(
                    origin,
                    new JavelinException(
                            "JVL-PLG-0006",
                            "plugin " + origin + " provides no accelerator and no strategy",
                            "declare 'provides ... with ...' in its module-info, or remove it"));
        }
    }

    /** Adds the providers on a class path, for an engine that is not run as a module. */
    void addClassPath(ClassLoader loader) {
        for (PluginKind kind : PluginKind.values()) {
            addAll(kind, ServiceLoader.load(kind.service(), loader), Integer.MAX_VALUE, null);
        }
    }

    /** Notes a jar or folder that yields nothing. */
    void addLeftOut(Path origin, JavelinException error) {
        String name = origin.getFileName().toString();
        leftOut.add(new PluginEntry(null, name, "", "", origin.toString(), PluginEntry.Status.LEFT_OUT, text(error)));
    }

    private static int declared(ModuleLayer layer, PluginKind kind) {
        return layer.modules().stream()
                .flatMap(module -> module.getDescriptor().provides().stream())
                .filter(provides -> provides.service().equals(kind.service().getName()))
                .mapToInt(provides -> provides.providers().size())
                .sum();
    }

    private <P extends PluginProvider> void addAll(
            PluginKind kind, ServiceLoader<P> loader, int count, @Nullable Path origin) {
        Iterator<P> providers = loader.iterator();
        for (int i = 0; i < count; i++) {
            try {
                if (!providers.hasNext()) {
                    return;
                }
                add(kind, providers.next());
            } catch (ServiceConfigurationError e) {
                // The loader goes on to the next provider after an error.
                leftOut.add(broken(kind, origin, e));
            }
        }
    }

    private void add(PluginKind kind, PluginProvider provider) {
        try {
            int major = provider.spiMajor();
            if (major == Spi.MAJOR) {
                found.add(new Found(kind, provider.name().strip(), provider));
            } else {
                leftOut.add(leftOut(kind, provider, otherMajor(provider, major)));
            }
        } catch (RuntimeException | LinkageError e) {
            JavelinException error = new JavelinException(
                    "JVL-PLG-0004",
                    "provider " + provider.getClass().getName() + " fails when asked for its name: " + e,
                    "ask its vendor for a build that fits this version of Javelin",
                    e);
            leftOut.add(leftOut(kind, provider, error));
        }
    }

    private static JavelinException otherMajor(PluginProvider provider, int major) {
        return new JavelinException(
                "JVL-PLG-0003",
                "provider " + provider.getClass().getName() + " was built for spi major " + major + ", this is "
                        + Spi.MAJOR,
                "get a build of the plugin for spi major " + Spi.MAJOR);
    }

    private static PluginEntry broken(PluginKind kind, @Nullable Path origin, ServiceConfigurationError e) {
        String cause = e.getCause() == null ? "" : " (" + e.getCause() + ")";
        JavelinException error = new JavelinException(
                "JVL-PLG-0004",
                "a provider cannot be made: " + e.getMessage() + cause,
                "ask its vendor for a build that fits this version of Javelin",
                e);
        String name = origin == null ? "?" : origin.getFileName().toString();
        String location = origin == null ? "" : origin.toString();
        return new PluginEntry(kind, name, "", "", location, PluginEntry.Status.LEFT_OUT, text(error));
    }

    private static PluginEntry leftOut(PluginKind kind, PluginProvider provider, JavelinException error) {
        return entry(kind, name(provider), provider, PluginEntry.Status.LEFT_OUT, text(error));
    }

    /** The provider's own name, or that of its class if it cannot tell. */
    private static String name(PluginProvider provider) {
        try {
            return String.valueOf(provider.name());
        } catch (RuntimeException | LinkageError e) {
            return provider.getClass().getSimpleName();
        }
    }

    private static String text(JavelinException error) {
        return String.valueOf(error.getMessage());
    }

    /** The line for a provider: where its module came from is read from its layer. */
    static PluginEntry entry(
            PluginKind kind, String name, PluginProvider provider, PluginEntry.Status status, String reason) {
        Module module = provider.getClass().getModule();
        ModuleDescriptor descriptor = module.getDescriptor();
        String version = descriptor == null ? "" : descriptor.rawVersion().orElse("");
        String moduleName = module.isNamed() ? module.getName() : "";
        return new PluginEntry(kind, name, moduleName, version, location(module), status, reason);
    }

    static String location(Module module) {
        ModuleLayer layer = module.getLayer();
        if (layer == null) {
            return "class path";
        }
        Optional<URI> uri = layer.configuration()
                .findModule(module.getName())
                .map(ResolvedModule::reference)
                .flatMap(reference -> reference.location());
        return uri.map(found ->
                        found.getScheme().equals("file") ? Path.of(found).toString() : found.toString())
                .orElse("");
    }
}
