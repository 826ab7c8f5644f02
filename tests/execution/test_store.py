"""The store: complete records or none, one writer, readers meanwhile."""

import json
import os
import sqlite3
import stat
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemopt import InputError
from chemopt.execution.store import DATABASE, Store

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.text("abc", max_size=2), st.dictionaries(st.text(), plain, max_size=3)),
        max_size=8,
    )
)
def test_a_store_holds_what_a_dictionary_does(tmp_path_factory, puts):
    """The last record of each key is there, in this and in a later session."""
    folder = tmp_path_factory.mktemp("store")
    with Store(folder, "test") as store:
        for key, record in puts:
            store.put(key, record)
        assert store.records() == dict(puts)
    with Store(folder, "test", write=False) as store:
        assert store.records() == dict(puts)


def test_records_are_read_while_they_are_written(tmp_path):
    """A reader sees each record as soon as it is put."""
    with Store(tmp_path, "test") as store, Store(tmp_path, "test", write=False) as reader:
        for k in range(3):
            store.put(str(k), {"value": k})
            assert len(reader.records()) == k + 1


def test_one_writer_at_a_time(tmp_path):
    """A second writer is told who the first one is; afterwards it may write."""
    with Store(tmp_path, "test"):
        with pytest.raises(InputError, match=rf"process {os.getpid()} on .* writes this store"):
            Store(tmp_path, "test")
        with Store(tmp_path, "test", write=False) as reader:
            assert reader.records() == {}
    Store(tmp_path, "test").close()


def run_python(code, *arguments):
    """Run code in a separate process, and return that."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    words = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)


def test_a_writer_that_is_gone_keeps_nobody_out(tmp_path):
    """The lock ends with its process, and what that wrote is there."""
    process = run_python(
        "import os, sys\n"
        "from chemopt.execution.store import Store\n"
        "store = Store(sys.argv[1], 'test')\n"
        "store.put('a', {'value': 1})\n"
        "store.put('b', {'value': 2})\n"
        "os._exit(9)",  # as abrupt as SIGKILL: nothing is closed
        tmp_path,
    )
    assert process.returncode == 9
    with Store(tmp_path, "test") as store:
        assert set(store.records()) == {"a", "b"}


def test_a_torn_log_loses_its_last_records_only(tmp_path):
    """Wherever the write-ahead log is cut off, what is left are the first records, complete."""
    whole = tmp_path / "whole"
    store = Store(whole, "test")
    for k in range(20):
        store.put(f"{k:02}", {"value": k, "text": "x" * 500})
    names = (DATABASE, f"{DATABASE}-wal")
    contents = [(whole / name).read_bytes() for name in names]
    store.close()
    length, seen = len(contents[1]), set()
    for cut in [*range(0, length, length // 40), length]:
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / names[0]).write_bytes(contents[0])
        (folder / names[1]).write_bytes(contents[1][:cut])
        try:
            with Store(folder, "test") as torn:
                records = torn.records()
        except InputError:  # not even the tables were there
            records = {}
        assert sorted(records) == [f"{k:02}" for k in range(len(records))]
        assert all(record["text"] == "x" * 500 for record in records.values())
        seen.add(len(records))
    assert {0, 20} <= seen
    assert len(seen) > 10


def test_a_damaged_record_is_passed_over(tmp_path):
    """A record whose bytes changed on the disk is as if it had not been written."""
    with Store(tmp_path, "test") as store:
        store.put("a", {"value": 1})
        store.put("b", {"value": 2})
    for text in (json.dumps({"value": 3}), '{"val'):
        with sqlite3.connect(tmp_path / DATABASE) as connection:
            connection.execute("UPDATE records SET record = ? WHERE key = 'a'", (text,))
        connection.close()
        with Store(tmp_path, "test") as store:
            assert store.records() == {"b": {"value": 2}}


def test_keys_in_hand(tmp_path):
    """What was begun and neither put nor given up is known afterwards, with how often."""
    for times in (1, 2):
        with Store(tmp_path, "test") as store:
            for key in "abc":
                store.begin(key)
            store.put("a", {})
            store.give_up("b")
            assert store.in_hand() == {"c": times}


def test_files_that_are_no_store(tmp_path):
    """Each is refused with its reason, and left alone."""
    with pytest.raises(InputError, match="there is no store here"):
        Store(tmp_path, "test", write=False)
    for content, message in ((b"not a database" * 100, "not a database"), (None, "not a store")):
        path = tmp_path / DATABASE
        path.unlink(missing_ok=True)
        if content is None:
            connection = sqlite3.connect(path)
            connection.execute("CREATE TABLE other (x)")
            connection.close()
        else:
            path.write_bytes(content)
        before = path.read_bytes()
        for write in (True, False):
            with pytest.raises(InputError, match=message):
                Store(tmp_path, "test", write=write)
        if content is not None:
            assert path.read_bytes() == before


def test_stores_of_another_kind_or_version(tmp_path):
    """A store is of one kind and of one schema."""
    Store(tmp_path, "test").close()
    with pytest.raises(InputError, match="a store of a test, not of a study"):
        Store(tmp_path, "study")
    connection = sqlite3.connect(tmp_path / DATABASE)
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(InputError, match="schema version 7; this version of chemopt has 1"):
        Store(tmp_path, "test", write=False)


def test_folders_that_cannot_be_written(tmp_path):
    """A file in the way is named."""
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match="cannot be made"):
            Store(folder, "test")
    with pytest.raises(InputError, match="not an empty one"):
        Store("", "test")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_can_be_read(tmp_path):
    """A store on a read-only disk can be read, not written."""
    with Store(tmp_path, "test") as store:
        store.put("a", {})
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with Store(tmp_path, "test", write=False) as store:
            assert store.records() == {"a": {}}
        with pytest.raises(InputError):
            Store(tmp_path, "test")
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_a_full_disk(tmp_path):
    """It is an error that names the store, and what was there before is kept."""
    pytest.importorskip("resource")
    process = run_python(
        "import resource, signal, sys\n"
        "from chemopt.execution.store import Store\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "with Store(sys.argv[1], 'test') as store:\n"
        "    for k in range(10_000):\n"
        "        store.put(str(k), {'text': 'x' * 1000})\n"
        "        print(k)",
        tmp_path,
    )
    last = process.stderr.strip().splitlines()[-1]
    assert "InputError" in last
    assert str(tmp_path) in last
    assert "disk" in last
    with Store(tmp_path, "test") as store:
        assert len(store.records()) == len(process.stdout.split()) > 10
