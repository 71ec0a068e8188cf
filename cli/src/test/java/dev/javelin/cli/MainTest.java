package dev.javelin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

@DisplayName("The command line")
class MainTest {

    @TestFactory
    @DisplayName("shows help and version for every command, for people and as JSON")
    List<DynamicTest> everyCommandHasHelp() {
        List<DynamicTest> tests = new ArrayList<>();
        for (List<String> path : commands(Main.commandLine(), List.of())) {
            tests.add(DynamicTest.dynamicTest("javelin " + String.join(" ", path), () -> {
                Call help = call(path, "--help");
                assertEquals(0, help.code(), help.err());
                assertTrue(help.out().startsWith("Usage: javelin"), help.out());
                assertEquals(
                        help.out().strip(),
                        call(path, "--help", "--json")
                                .json()
                                .get("help")
                                .asText()
                                .strip());
                assertTrue(call(path, "--version").out().startsWith("javelin "));
                assertTrue(call(path, "--version", "--json").json().has("java"));
            }));
        }
        return tests;
    }

    private static List<List<String>> commands(CommandLine line, List<String> path) {
        List<List<String>> all = new ArrayList<>(List.of(path));
        line.getSubcommands().forEach((name, sub) -> {
            List<String> longer = new ArrayList<>(path);
            longer.add(name);
            all.addAll(commands(sub, longer));
        });
        return all;
    }

    private static Call call(List<String> path, String... more) {
        List<String> all = new ArrayList<>(path);
        all.addAll(List.of(more));
        return Call.of(all.toArray(String[]::new));
    }

    @Test
    @DisplayName("names the nearest command and the nearest option, exit code 2")
    void namesTheNearest() {
        Call command = Call.of("plugin");
        assertEquals(2, command.code());
        assertEquals("", command.out());
        assertTrue(command.err().startsWith("JVL-CFG-0050 javelin: unknown command 'plugin'"), command.err());
        assertTrue(command.err().contains("Did you mean 'plugins'?"), command.err());
        Call option = Call.of("plugins", "--stacktrase");
        assertEquals(2, option.code());
        assertTrue(option.err().contains("Did you mean '--stacktrace'?"), option.err());
    }

    @Test
    @DisplayName("puts a usage error as one object on stdout if JSON is asked for")
    void reportsErrorsAsJson() {
        Call call = Call.of("plugins", "--nonsense", "--json");
        assertEquals(2, call.code());
        JsonNode error = call.json().get("error");
        assertEquals("JVL-CFG-0050", error.get("code").asText());
        assertTrue(error.get("message").asText().contains("--nonsense"));
        assertTrue(error.get("remedy").asText().contains("--json"));
    }

    @Test
    @DisplayName("asks for a command if none is given")
    void asksForACommand() {
        Call call = Call.of();
        assertEquals(2, call.code());
        assertTrue(call.err().contains("a command is missing"), call.err());
    }

    @Test
    @DisplayName("shows the help of a nested command by 'help'")
    void showsHelpByName() {
        assertEquals(
                Call.of("plugins", "--help").out().strip(),
                Call.of("help", "plugins").out().strip());
        Call unknown = Call.of("help", "plugin");
        assertEquals(2, unknown.code());
        assertTrue(unknown.err().contains("did you mean 'plugins'?"), unknown.err());
    }

    @Test
    @DisplayName("prints the JVM flags one a line, fit for an argument file")
    void printsJavaArguments() {
        Call call = Call.of("java-args");
        assertEquals(JavaArgsCommand.ARGUMENTS, call.out().lines().toList());
        assertEquals(
                JavaArgsCommand.ARGUMENTS.size(),
                Call.of("java-args", "--json").json().get("arguments").size());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "NoSuchMethodError|2|JVL-PLG-0004|strategy 'whole' from ",
                "StackOverflowError|1|JVL-CLI-0001|java.lang.StackOverflowError: on purpose",
            })
    @DisplayName("reports what a plugin's code breaks as one JSON object too")
    void reportsErrorsOfPlugins(String error, int code, String name, String message, @TempDir Path home)
            throws Exception {
        Path plugins = Files.createDirectory(home.resolve("plugins"));
        PluginJar.strategy(
                home, plugins.resolve("whole.jar"), "if (options != null) throw new " + error + "(\"on purpose\");");
        String[] explain = {"--home", home.toString(), "explain", "--set=trainer.strategy=whole", "--json"};
        Call call = Call.of(explain);
        assertEquals(code, call.code(), call.err());
        JsonNode reported = call.json().get("error");
        assertEquals(name, reported.get("code").asText());
        assertTrue(reported.get("message").asText().startsWith(message), reported.toString());
    }

    @Test
    @DisplayName("lists a broken jar in the plugins folder with its reason, exit code 0")
    void listsPlugins(@TempDir Path home) throws Exception {
        Path plugins = Files.createDirectory(home.resolve("plugins"));
        Files.writeString(plugins.resolve("broken.jar"), "no jar at all");
        Call call = Call.of("--home", home.toString(), "plugins", "--json");
        assertEquals(0, call.code(), call.err());
        JsonNode last = null;
        for (JsonNode plugin : call.json().get("plugins")) {
            last = plugin;
        }
        assertEquals("broken.jar", last.get("name").asText());
        assertEquals("left-out", last.get("probe").asText());
        assertTrue(last.get("reason").asText().startsWith("JVL-PLG-0005"), last.toString());
        assertTrue(Call.of("--home", home.toString(), "plugins").out().contains("broken.jar"));
    }
}
