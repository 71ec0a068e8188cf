/** A model of one's own, trained with Javelin. */
module example.own.model {
    requires dev.javelin.api;
    requires dev.javelin.data;
    requires dev.javelin.models;
}
