package dev.javelin.cli.config;

import java.util.Map;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** Writes nested keys and values as YAML. */
final class ConfigText {
    private ConfigText() {}

    static String yaml(Map<String, Object> tree) {
        DumpSettings settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setWidth(4096)
                .build();
        return new Dump(settings).dumpToString(tree);
    }
}
