"""A store of records by key, which survives whatever ends the program that writes it.

A store is a folder with an SQLite database in WAL mode. Each record is a transaction of its own: it
is there completely, or not at all. Others can read while one process writes; a second writer is
refused. What a crash of the program leaves is complete; a power failure may take the records of the
last seconds with it, and leaves the rest. Each record has a checksum, so that one that was damaged
on the disk is passed over, as if it had never been written.

The tables, of schema version 1:

``about (name, value)``
    The kind of the store, and the process that writes it.
``records (key, record, checksum)``
    A record as JSON.
``plan (position, key, about)``
    Keys in the order of the work that was last begun, with what is known of each as JSON.
``in_hand (key, times)``
    Keys that were begun and are not done, and how often.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from chemopt.errors import InputError
from chemopt.validation import instance_of

Record = dict[str, Any]
DATABASE, LOCK = "store.sqlite", "writer.lock"
SCHEMA_VERSION = 1
# Written into the header of the file ("chem"), so that another database is not taken for a store.
_APPLICATION = 0x6368656D
_TABLES = """
    CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE records (key TEXT PRIMARY KEY, record TEXT NOT NULL, checksum TEXT NOT NULL);
    CREATE TABLE plan (position INTEGER PRIMARY KEY, key TEXT NOT NULL, about TEXT NOT NULL);
    CREATE TABLE in_hand (key TEXT PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID;
"""
# Seconds that a reader or writer waits for another to be done with a transaction.
_PATIENCE = 30.0


class Store:
    """A store of records, for a ``with`` block.

    Parameters
    ----------
    folder : path
        Made if it is not there and the store is to be written.
    kind : str
        What the records are of; a store of another kind is refused.
    write : bool
        Whether to write; only one process can at a time.

    Raises
    ------
    InputError
        The folder cannot be written, or holds no store, one of another kind or of a later version,
        or one that another process writes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Store(folder, "example") as store:
    ...         store.put("a", {"value": 1})
    ...     with Store(folder, "example", write=False) as store:
    ...         store.records()
    {'a': {'value': 1}}
    """

    def __init__(self, folder: str | Path, kind: str, *, write: bool = True) -> None:
        instance_of("store must be the path of a folder", folder, (str, Path))
        if not str(folder):
            raise InputError("store needs the name of a folder, not an empty one")
        self.folder, self._kind = Path(folder), kind
        self._lock: sqlite3.Connection | None = None
        self._connection: sqlite3.Connection
        try:
            with self._errors():
                self._connection = self._opened_to_write() if write else self._opened_to_read()
                self._check()
        except BaseException:
            self.close()
            raise

    def records(self) -> dict[str, Record]:
        """Return the records by key, in the order of writing, without those that are damaged."""
        with self._errors():
            rows = self._connection.execute(
                "SELECT key, record, checksum FROM records ORDER BY rowid"
            ).fetchall()
        return {key: json.loads(text) for key, text, sum_ in rows if _checksum(key, text) == sum_}

    def put(self, key: str, record: Record) -> None:
        """Write a record; it replaces one of the same key."""
        text = json.dumps(record, ensure_ascii=False, allow_nan=False)
        with self._transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (key, text, _checksum(key, text))
            )
            self._connection.execute("DELETE FROM in_hand WHERE key = ?", (key,))

    def plan(self) -> dict[str, Record]:
        """Return the keys of the plan in order, with what is known of each."""
        with self._errors():
            rows = self._connection.execute("SELECT key, about FROM plan ORDER BY position")
            return {key: json.loads(about) for key, about in rows}

    def set_plan(self, plan: Iterable[tuple[str, Record]]) -> None:
        """Replace the plan."""
        rows = [
            (k, key, json.dumps(about, ensure_ascii=False)) for k, (key, about) in enumerate(plan)
        ]
        with self._transaction():
            self._connection.execute("DELETE FROM plan")
            self._connection.executemany("INSERT INTO plan VALUES (?, ?, ?)", rows)

    def begin(self, key: str) -> None:
        """Note that a key is in progress, until its record is put or `give_up` is called."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO in_hand VALUES (?, 1) "
                "ON CONFLICT (key) DO UPDATE SET times = times + 1",
                (key,),
            )

    def give_up(self, key: str) -> None:
        """Forget that a key is in progress."""
        with self._transaction():
            self._connection.execute("DELETE FROM in_hand WHERE key = ?", (key,))

    def in_hand(self) -> dict[str, int]:
        """Return the keys in progress, and how often each was begun without an end."""
        with self._errors():
            return dict(self._connection.execute("SELECT key, times FROM in_hand").fetchall())

    def close(self) -> None:
        """Close the store, and let others write it."""
        for connection in (getattr(self, "_connection", None), self._lock):
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()

    def __enter__(self) -> Store:
        """Return the store."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the store."""
        self.close()

    def _opened_to_write(self) -> sqlite3.Connection:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{self.folder}: cannot be made: {error.strerror}") from error
        self._lock = sqlite3.connect(self.folder / LOCK, timeout=0, isolation_level=None)
        try:
            # The system lets go of it when this process ends, in whatever way.
            self._lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._lock.close()
            if "locked" not in str(error):
                raise
            raise InputError(
                f"{self.folder}: {self._writer()} writes this store; wait for it, or give another "
                "store (--status can be asked for meanwhile)"
            ) from None
        connection = sqlite3.connect(
            self.folder / DATABASE, timeout=_PATIENCE, isolation_level=None
        )
        self._connection = connection  # to be closed if it is no store
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _opened_to_read(self) -> sqlite3.Connection:
        path = self.folder / DATABASE
        if not path.is_file():
            raise InputError(f"{self.folder}: there is no store here")
        uri = path.resolve().as_uri()
        connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=_PATIENCE)
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchall()
        except sqlite3.OperationalError:
            connection.close()
            if path.with_name(f"{DATABASE}-wal").exists():
                raise
            # On a read-only disk there cannot be the files that readers of a WAL share.
            connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True)
        return connection

    def _check(self) -> None:
        """See that this is a store of this kind and version, and make it one if it is new."""
        version = self._pragma("user_version")
        new = not self._connection.execute("SELECT 1 FROM sqlite_master").fetchall()
        if new and self._lock is not None:
            with self._transaction():
                for statement in filter(str.strip, _TABLES.split(";")):
                    self._connection.execute(statement)
                self._connection.execute("INSERT INTO about VALUES ('kind', ?)", (self._kind,))
                self._connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        elif self._pragma("application_id") != _APPLICATION:
            raise InputError(f"{self.folder / DATABASE}: not a store of chemopt")
        elif version != SCHEMA_VERSION:
            raise InputError(
                f"{self.folder}: a store of schema version {version}; this version of chemopt has "
                f"{SCHEMA_VERSION}"
            )
        found = self._about("kind")
        if found != self._kind:
            raise InputError(f"{self.folder}: a store of a {found}, not of a {self._kind}")
        if self._lock is not None:
            writer = f"process {os.getpid()} on {socket.gethostname()}"
            self._connection.execute("INSERT OR REPLACE INTO about VALUES ('writer', ?)", (writer,))

    def _writer(self) -> str:
        """Say which process writes."""
        with contextlib.suppress(sqlite3.Error, InputError):
            self._connection = self._opened_to_read()
            writer = self._about("writer")
            self._connection.close()
            if writer:
                return writer
        return "another process"

    def _about(self, name: str) -> str | None:
        row = self._connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _pragma(self, name: str) -> Any:
        return self._connection.execute(f"PRAGMA {name}").fetchone()[0]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn errors of SQLite into ours, which name the store and say what to do."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            hint = ""
            if "malformed" in str(error) or "not a database" in str(error):
                hint = "; move it away and begin anew"
            raise InputError(f"{self.folder / DATABASE}: {error}{hint}") from error


def _checksum(key: str, text: str) -> str:
    return hashlib.blake2b(f"{key}\n{text}".encode(), digest_size=8).hexdigest()
