package dev.javelin.engine.world.wire;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Names a connection between two ranks. */
public record Hello(String job, int from, int to, String name) {

    byte[] encoded() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        try {
            out.writeUTF(job);
            out.writeInt(from);
            out.writeInt(to);
            out.writeUTF(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Hello decode(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        return new Hello(in.readUTF(), in.readInt(), in.readInt(), in.readUTF());
    }

    @Override
    public String toString() {
        return "connection '" + name + "' of rank " + from + " to rank " + to;
    }
}
