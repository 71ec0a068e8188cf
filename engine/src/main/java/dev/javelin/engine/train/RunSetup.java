package dev.javelin.engine.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.javelin.engine.checkpoint.Companion;
import dev.javelin.engine.world.World;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a program around the trainer wants of a run's folder besides the trainer's own files.
 *
 * @param notes what is needed to make the model again, for example its spec; kept under {@code run} in the state of every
 *     checkpoint
 * @param existing what happens to a run that the folder holds already
 * @param config text of the folder's {@code config.yaml}, for people; null for none
 * @param companions files that lie in every checkpoint
 * @param again whether this is another attempt at a run whose rank failed: what the attempts before it have seen to is not
 *     asked for once more
 * @param world whose members train, and which stays the caller's; null for the ranks of {@code TrainerOptions.ranks()} as
 *     threads
 */
public record RunSetup(
        ObjectNode notes,
        Existing existing,
        @Nullable String config,
        List<Companion> companions,
        boolean again,
        @Nullable World world) {

    /** What happens to another run in the folder. */
    public enum Existing {
        /** It stays, and the new one is refused. */
        REFUSE,
        /** It is removed once the new one is compiled and its session is open, not before. */
        REPLACE
    }

    public RunSetup {
        notes = notes.deepCopy();
        companions = List.copyOf(companions);
    }

    /** No notes, no text, and a folder that holds another run is refused. */
    public static RunSetup standard() {
        return new RunSetup(JsonNodeFactory.instance.objectNode(), Existing.REFUSE, null, List.of(), false, null);
    }

    public RunSetup withNotes(ObjectNode notes) {
        return new RunSetup(notes, existing, config, companions, again, world);
    }

    public RunSetup withExisting(Existing existing) {
        return new RunSetup(notes, existing, config, companions, again, world);
    }

    public RunSetup withConfig(@Nullable String config) {
        return new RunSetup(notes, existing, config, companions, again, world);
    }

    /** Trains as this JVM's part of a world that spans several. */
    public RunSetup withWorld(@Nullable World world) {
        return new RunSetup(notes, existing, config, companions, again, world);
    }

    /** Another attempt, from the last checkpoint that the ones before have left. */
    public RunSetup withAgain() {
        return new RunSetup(notes, existing, config, companions, true, world);
    }

    /** Lets these files lie in every checkpoint. */
    public RunSetup withCompanions(List<Companion> companions) {
        return new RunSetup(notes, existing, config, companions, again, world);
    }
}
