"""Writes the Arrow files that ArrowTokensTest reads, by pyarrow 25.0.1 and datasets 5.0.1; run it in the module's folder."""

import shutil

import pyarrow as pa
from datasets import Dataset, DatasetDict, Features, Sequence, Value

BASE = "src/test/resources/dev/javelin/data/arrow/hf"
ROWS = [[(r * 7 + i) % 1000 for i in range(r % 5)] for r in range(23)]


def write(name, table, chunk=None, **options):
    with pa.OSFile(f"{BASE}/{name}.arrow", "wb") as sink:
        with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
            writer.write_table(table, max_chunksize=chunk)


def saved():
    columns = {
        "text": [f"row {r}" for r in range(len(ROWS))],
        "input_ids": ROWS,
        "attention_mask": [[1] * len(row) for row in ROWS],
    }
    features = {
        "text": Value("string"),
        "input_ids": Sequence(Value("int32")),
        "attention_mask": Sequence(Value("int8")),
    }
    data = Dataset.from_dict(columns, features=Features(features))
    data.save_to_disk(BASE + "/saved", num_shards=3)
    DatasetDict({"train": data.select(range(4)), "test": data.select(range(3))}).save_to_disk(BASE + "/splits")


def types():
    """Columns of every layout stand before the ids, which are cut from a longer table and into batches of 7 rows."""
    lists = dict(int64=pa.list_(pa.int64()), uint16=pa.list_(pa.uint16()), large=pa.large_list(pa.int32()))
    fours = [[i, i + 1, i + 2, i + 3] for i in range(9)]
    cases = [(name, ROWS, kind) for name, kind in lists.items()]
    cases += [("fixed", fours, pa.list_(pa.int32(), 4)), ("flat", list(range(30)), pa.uint32())]
    cases += [("views", ROWS, pa.list_(pa.int32()))]
    for name, values, kind in cases:
        columns = {}
        if name == "views":
            columns["s"] = pa.array(["x" * (i % 40) for i in range(len(values))], type=pa.string_view())
        columns["n"] = pa.array([{"a": i, "b": [i, None]} if i % 3 else None for i in range(len(values))])
        columns["dict"] = pa.array(["p", "q", "p"] * len(values)).dictionary_encode()[: len(values)]
        columns["tokens"] = pa.array(values, type=kind)
        write(name, pa.table(columns).slice(3), chunk=7)


def refused():
    write("lz4", pa.table({"tokens": pa.array(ROWS, type=pa.list_(pa.int32()))}), compression="lz4")
    write("nulls", pa.table({"tokens": pa.array([[1, 2], None, [3]], type=pa.list_(pa.int32()))}))
    write("columns", pa.table({"a": pa.array([1, 2]), "b": pa.array([1, 2]), "c": pa.array(["x", "y"])}))


shutil.rmtree(BASE, ignore_errors=True)
saved()
types()
refused()
