package dev.javelin.engine.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.api.JavelinException;
import dev.javelin.spi.device.Accelerator;
import dev.javelin.spi.device.AcceleratorProvider;
import dev.javelin.spi.device.DevicePlanner;
import dev.javelin.spi.device.Kernel;
import dev.javelin.spi.strategy.Strategy;
import dev.javelin.spi.strategy.StrategyProvider;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@DisplayName("The guard around a plugin")
class PluginGuardTest {
    private static final PluginGuard GUARD = new PluginGuard("accelerator 'acme'", "/plugins/acme.jar");
    private static final LinkageError LOST = new NoClassDefFoundError("com/acme/Lost");

    /** A plugin that lacks a class wherever it is called. */
    private static <T> T lacking(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                PluginGuardTest.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    throw LOST;
                }));
    }

    @TestFactory
    @DisplayName("names the jar and the remedy in every method that the engine can call")
    List<DynamicTest> coversEveryMethod() {
        List<DynamicTest> tests = new ArrayList<>();
        AcceleratorProvider accelerators = lacking(AcceleratorProvider.class);
        StrategyProvider strategies = lacking(StrategyProvider.class);
        add(tests, AcceleratorProvider.class, new GuardedAcceleratorProvider(accelerators, GUARD));
        add(tests, DevicePlanner.class, new GuardedPlanner(lacking(DevicePlanner.class), GUARD));
        add(tests, Accelerator.class, new GuardedAccelerator(lacking(Accelerator.class), GUARD));
        add(tests, Kernel.class, new GuardedAccelerator.GuardedKernel(lacking(Kernel.class), GUARD));
        add(tests, StrategyProvider.class, new GuardedStrategyProvider(strategies, GUARD));
        add(tests, Strategy.class, new GuardedStrategyProvider.GuardedStrategy(lacking(Strategy.class), GUARD));
        return tests;
    }

    private static void add(List<DynamicTest> tests, Class<?> type, Object guarded) {
        for (Method method : type.getMethods()) {
            if (!Modifier.isStatic(method.getModifiers())) {
                String name = type.getSimpleName() + "." + method.getName();
                tests.add(DynamicTest.dynamicTest(name, () -> requireCoded(method, guarded)));
            }
        }
    }

    private static void requireCoded(Method method, Object guarded) {
        Object[] arguments = Arrays.stream(method.getParameterTypes())
                .map(PluginGuardTest::nothing)
                .toArray();
        InvocationTargetException thrown =
                assertThrows(InvocationTargetException.class, () -> method.invoke(guarded, arguments));
        JavelinException error = assertInstanceOf(JavelinException.class, thrown.getCause());
        assertEquals("JVL-PLG-0004", error.code());
        assertTrue(error.problem().contains("accelerator 'acme' from /plugins/acme.jar fails in " + method.getName()));
        assertTrue(error.problem().contains("com/acme/Lost"), error.problem());
        assertTrue(error.remedy().contains("vendor"), error.remedy());
        assertEquals(LOST, error.getCause());
    }

    private static Object nothing(Class<?> type) {
        if (type == long.class) {
            return 0L;
        }
        if (type == int.class) {
            return 0;
        }
        return type == byte.class ? (Object) (byte) 0 : null;
    }

    @Test
    @DisplayName("hands on what the plugin makes behind a guard of its own, and other errors as they are")
    void guardsWhatIsMade() {
        Accelerator device = lacking(Accelerator.class);
        IllegalStateException own = new IllegalStateException("no such device");
        AcceleratorProvider provider = (AcceleratorProvider) Proxy.newProxyInstance(
                PluginGuardTest.class.getClassLoader(),
                new Class<?>[] {AcceleratorProvider.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("open")) {
                        return device;
                    }
                    throw own;
                });
        GuardedAcceleratorProvider guarded = new GuardedAcceleratorProvider(provider, GUARD);
        assertEquals(new GuardedAccelerator(device, GUARD).guard(), ((GuardedAccelerator) guarded.open(null)).guard());
        assertEquals(own, assertThrows(IllegalStateException.class, () -> guarded.planner(null)));
    }
}
