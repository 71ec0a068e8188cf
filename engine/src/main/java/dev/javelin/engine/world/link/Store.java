package dev.javelin.engine.world.link;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What ranks have put, once per key; any thread may call. */
final class Store {
    private final Map<String, CompletableFuture<byte[]>> values = new HashMap<>();

    /** False if the key is taken. */
    boolean put(String key, byte[] value) {
        return value(key).complete(value);
    }

    /** The value when somebody has put it; not to be changed. */
    synchronized CompletableFuture<byte[]> value(String key) {
        return values.computeIfAbsent(key, absent -> new CompletableFuture<>());
    }
}
