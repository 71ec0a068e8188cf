package dev.javelin.communicator.local;

/** What a rank calls. */
enum Kind {
    ALL_GATHER("allGather"),
    REDUCE_SCATTER("reduceScatter"),
    ALL_REDUCE("allReduce"),
    ALL_TO_ALL("allToAll"),
    BROADCAST("broadcast"),
    BARRIER("barrier"),
    SPLIT("split"),
    ALLOCATE("allocate"),
    SEND("send"),
    RECV("recv");

    private final String label;

    Kind(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
