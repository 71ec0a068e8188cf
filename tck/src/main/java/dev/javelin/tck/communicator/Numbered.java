package dev.javelin.tck.communicator;

import dev.javelin.tck.Check;
import dev.javelin.tck.Rule;

/** Rules of this chapter, so that their subject need not be named at each. */
final class Numbered {
    private Numbered() {}

    static Rule<CommunicatorSubject> must(String id, String sentence, String intent, Check<CommunicatorSubject> check) {
        return Rule.must(id, sentence, intent, check);
    }

    static Rule<CommunicatorSubject> should(
            String id, String sentence, String intent, Check<CommunicatorSubject> check) {
        return Rule.should(id, sentence, intent, check);
    }
}
