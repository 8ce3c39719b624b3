"""`keys.sqlite`: the keys of subjects and of the log, apart from the record, erasable on their own.

Keys are present state: replicate this file, never archive it. Losing it loses every sealed payload.

In which form private values lie here is its custody's matter (`kernel.disclosure.custody`): as they are, or each
encrypted under a data key. The custody's description lies beside them; whoever changes it rewrites them all in one
transaction, and then rids file and write-ahead log of what was there before.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from commonweal.engines.custody import kind_of, unlock, with_passphrase, with_token
from commonweal.kernel.disclosure.custody import Custody, Locked
from commonweal.kernel.disclosure.keys import key_id, made
from commonweal.kernel.disclosure.signatures import IssuerKey, new_issuer_key
from commonweal.kernel.record.notes import NoteSigner
from commonweal.kernel.values import Busy, RecordFault

from ._files import connect, immediate, translated

LOG_SEED = "log-ed25519-seed"
LOG_KEY, IN_TOKEN = "log-key:", b"token:"
PENDING, KEY_NOW, LOST_BEFORE = "log-key-change", "log-key-now", "lost-before"
WITNESS_NOW = "witness-key-generations"
ISSUER_KEY, ISSUER_PENDING = "issuer-p256-scalar", "issuer-key-change"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS holder_key (
  subject TEXT NOT NULL, retention TEXT NOT NULL, private BLOB NOT NULL,
  PRIMARY KEY (subject, retention)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS erased_key (number INTEGER PRIMARY KEY, key_id BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signed_tree (
  one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, root BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS custody (
  one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL, description TEXT NOT NULL,
  clean INTEGER NOT NULL
) STRICT;
"""

Holder = tuple[str, str]


class SqliteKeys:
    """The `KeyStore` in a SQLite file that only its owner may read.

    Keys are kept in memory until one is erased, here or by another process; that is looked at before each use.
    """

    def __init__(self, path: Path, pairs: Callable[[int], Sequence[tuple[bytes, bytes]]] | None = None) -> None:
        """`pairs(n)` gives n new key pairs, private and public, raw; without it they are made here.

        Raises `Locked` where the keys' passphrase or token is needed and is not there.
        """
        self._path, self._pairs = path, pairs or made
        self._lock = threading.RLock()
        self._connection = self._connect()
        with translated(path):
            self._connection.execute("PRAGMA secure_delete=ON")
            self._connection.executescript(_SCHEMA)
        self._known: dict[Holder, _Pair] = {}
        self._generation, self._description, clean = self._custody_row()
        try:
            self._custody: Custody = unlock(self._description)
        except BaseException:
            self._connection.close()
            raise
        if not clean:
            with suppress(Busy):  # whoever holds the log meanwhile does not keep keys from being used
                self._scrub()
        self._version, self._erasures = self._data_version(), self._erasures_done()

    def _connect(self) -> sqlite3.Connection:
        return connect(self._path)

    def public_key(self, subject: str, retention: str) -> X25519PublicKey:
        with self._lock:
            found = self._find((subject, retention))
            if found is None:
                self.ensure([(subject, retention)])
                found = self._find((subject, retention))
                assert found is not None
            return found.public

    def private_key(self, subject: str, retention: str) -> X25519PrivateKey | None:
        with self._lock:
            found = self._find((subject, retention))
            return found.private if found else None

    def ensure(self, holders: Iterable[tuple[str, str]]) -> None:
        """Make whatever keys are missing, in one durable transaction. A batch of new subjects costs one fsync."""
        with self._lock:
            missing = self._missing(dict.fromkeys(holders))
            if not missing:
                return
            with immediate(self._connection, self._path):
                self._check_custody()
                missing = self._missing(missing)
                new = list(zip(missing, self._pairs(len(missing)), strict=True))
                wrap = self._custody.wrap
                rows = [(*holder, wrap(_of(*holder), private)) for holder, (private, _) in new]
                self._connection.executemany("INSERT INTO holder_key VALUES (?, ?, ?)", rows)
            for holder, (private, public) in new:
                self._known[holder] = _Pair(private, X25519PublicKey.from_public_bytes(public))

    def erase(self, subject: str, retention: str, named: bytes | None = None) -> bool:
        """Delete a key for good: what was sealed to it can never be read again. True if there was one.

        With `named`, the key of that id only; one that is not held is marked as erased all the same. The row is
        overwritten and the write-ahead log truncated before this returns. Raises `Busy` when a reader kept the log
        from being truncated; call again then.
        """
        with self._lock:
            found = self._find((subject, retention))
            held = found is not None and named in (None, key_id(found.public))
            if found is not None and held:
                self._known.pop((subject, retention), None)
                self._delete(subject, retention, key_id(found.public))
            elif named is not None and not self.erased(named):
                with immediate(self._connection, self._path):
                    self._connection.execute("INSERT INTO erased_key VALUES (NULL, ?)", (named,))
            self._truncate("still has the erased key; erase it again")
            return held

    def holds(self, subject: str, retention: str, named: bytes) -> bool:
        """Whether the key of that id is held for a subject and class."""
        found = self.private_key(subject, retention)
        return found is not None and key_id(found.public_key()) == named

    def erased(self, key_id: bytes) -> bool:
        """Whether the key with this id was erased here (and not merely lost)."""
        with self._lock, translated(self._path):
            query = "SELECT 1 FROM erased_key WHERE key_id = ?"
            return self._connection.execute(query, (key_id,)).fetchone() is not None

    def erased_ids(self) -> list[bytes]:
        """The id of every key that was erased here, in order."""
        with self._lock, translated(self._path):
            rows = self._connection.execute("SELECT key_id FROM erased_key ORDER BY number").fetchall()
            return [bytes(row[0]) for row in rows]

    def log_seed(self) -> bytes:
        """The 32-byte Ed25519 seed that the log signs with, made on first use."""
        return self.seed(LOG_SEED)

    def seed(self, name: str) -> bytes:
        """A 32-byte seed under a name, made on first use."""
        with self._lock:
            self._insert_secret(name, os.urandom(32))
            seed = self.secret(name)
            assert seed is not None
            return seed

    def witness_seeds(self, kind: int) -> list[bytes]:
        """The seeds that this authority cosigns with as a witness, of one kind of key, oldest first: one, or two while
        its key changes. Made on first use."""
        return [self.seed(_witness_seed(kind, number)) for number in self._witness_numbers()]

    def begin_witness_key(self) -> None:
        """From the next start on, cosign with a new key, too. Harmless where that was begun before."""
        with self._lock:
            if len(numbers := self._witness_numbers()) == 1:
                self.put_secret(WITNESS_NOW, json.dumps([*numbers, numbers[-1] + 1]).encode())

    def end_witness_key(self, kinds: Iterable[int]) -> bool:
        """From the next start on, cosign with the newest key alone; the one before is destroyed. False: none was."""
        with self._lock:
            *old, now = self._witness_numbers()
            done = {_witness_seed(kind, number): b"" for kind in kinds for number in old}
            self._put_secrets({**done, WITNESS_NOW: json.dumps([now]).encode()})
            with suppress(Busy):
                self._truncate("still has the old key")
            return bool(old)

    def _witness_numbers(self) -> list[int]:
        return list(json.loads(self.secret(WITNESS_NOW) or b"[0]"))

    def log_signer(self, origin: str) -> NoteSigner:
        """The signer that the log was founded with, under its origin."""
        return NoteSigner(origin, self.log_seed())

    def signer_of(self, origin: str, vkey: str) -> NoteSigner:
        """The signer of one of the log's keys. Raises `RecordFault` where it is not held here."""
        with self._lock:
            founding = self.secret(LOG_SEED)
            if founding is not None and (signer := NoteSigner(origin, founding)).vkey == vkey:
                return signer
            held = self.secret(LOG_KEY + vkey)
            if held is None:
                raise RecordFault(
                    self._path.name,
                    f"does not hold the key {vkey} that the log is signed with: it is older than the record. Put back "
                    "its newest copy; where there is none, `weal key lost DIR`",
                )
            in_token = held.startswith(IN_TOKEN)
            return NoteSigner(origin, self._custody.held(held[len(IN_TOKEN) :].decode()) if in_token else held)

    def begin_change(self, origin: str, body: Mapping[str, Any], *, in_token: bool = False) -> dict[str, Any]:
        """Make the log's next key and note the change to it, both at once; `body` is the act without the new key.

        What was begun and not ended comes back as it is.
        """
        with self._lock:
            if (begun := self.pending()) is not None:
                return begun
            label = f"commonweal-log-{os.urandom(8).hex()}"
            private = self._custody.make(label) if in_token else os.urandom(32)
            vkey = NoteSigner(origin, private).vkey
            begun = {**body, "new_key": vkey}
            kept = private if isinstance(private, bytes) else IN_TOKEN + label.encode()
            self._put_secrets({LOG_KEY + vkey: kept, PENDING: json.dumps(begun).encode()})
            return begun

    def pending(self) -> dict[str, Any] | None:
        """The change of the log's key that was begun here, and perhaps is not in the record yet."""
        begun = self.secret(PENDING)
        return dict(json.loads(begun)) if begun else None

    def settle(self, vkey: str) -> None:
        """The change that was begun is in the record, or will never be; the log is signed with `vkey` now."""
        self._put_secrets({PENDING: b"", KEY_NOW: vkey.encode()})

    def newest_signer(self, origin: str) -> NoteSigner:
        """The signer of the newest key that these keys know of."""
        vkey = self.secret(KEY_NOW)
        return self.signer_of(origin, vkey.decode()) if vkey else self.log_signer(origin)

    def lost_before(self) -> int:
        """Entries before this index were sealed to keys that were lost with an earlier file; 0: nothing was lost."""
        return int(self.secret(LOST_BEFORE) or b"0")

    def begin_anew(self, size: int) -> None:
        """Note in a new file that the keys of a record of `size` entries were lost with the file before it."""
        self.put_secret(LOST_BEFORE, str(size).encode())

    def issuer_key(self) -> IssuerKey:
        """The key that credentials, status lists and presentations are signed with, made on first use."""
        with self._lock:
            if self.secret(ISSUER_KEY) is None:
                self._insert_secret(ISSUER_KEY, new_issuer_key())
            private = self.secret(ISSUER_KEY)
            assert private is not None
            return IssuerKey(private)

    def begin_issuer_change(self, change: str) -> dict[str, Any]:
        """Make the issuer's next key and note the change to it, both at once; gives what its entry is to say.

        What was begun and not ended comes back as it is.
        """
        with self._lock:
            if (begun := self.issuer_pending()) is None:
                private = new_issuer_key()
                jwk = IssuerKey(private).jwk
                begun = {"kid": jwk["kid"], "jwk": jwk, "replaces": self.issuer_key().kid, "change": change}
                self.put_secret(ISSUER_PENDING, json.dumps({"entry": begun, "private": private.hex()}).encode())
            return begun

    def issuer_pending(self) -> dict[str, Any] | None:
        """The change of the issuer's key that was begun here, and perhaps is not in the record yet."""
        begun = self.secret(ISSUER_PENDING)
        return dict(json.loads(begun)["entry"]) if begun else None

    def settle_issuer(self, kid: str) -> None:
        """The issuer signs with the key `kid` now, and the private part of the one before is gone; or the change that
        was begun is dropped (an empty `kid`)."""
        with self._lock:
            begun = json.loads(self.secret(ISSUER_PENDING) or b"{}")
            done = {ISSUER_PENDING: b""}
            if begun and begun["entry"]["kid"] == kid:
                done[ISSUER_KEY] = bytes.fromhex(begun["private"])
            self._put_secrets(done)
            with suppress(Busy):
                self._truncate("still has the old key")

    def secret(self, name: str) -> bytes | None:
        """A small secret by name, or None."""
        with self._lock, translated(self._path):
            row = self._connection.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()
            return self._unwrapped(_secret(name), row[0]) if row else None

    def put_secret(self, name: str, value: bytes) -> None:
        """Keep a small secret under a name, in place of what was there."""
        self._put_secrets({name: value})

    def _put_secrets(self, values: Mapping[str, bytes]) -> None:
        with self._lock, immediate(self._connection, self._path):
            self._check_custody()
            rows = [(name, self._custody.wrap(_secret(name), value)) for name, value in values.items()]
            self._connection.executemany("INSERT OR REPLACE INTO secret VALUES (?, ?)", rows)

    def secrets(self, prefix: str) -> dict[str, bytes]:
        """Every small secret whose name begins so (letters, digits, hyphens and colons)."""
        with self._lock, translated(self._path):
            query = "SELECT name, value FROM secret WHERE name LIKE ? ORDER BY name"
            rows = self._connection.execute(query, (prefix + "%",)).fetchall()
            return {name: self._unwrapped(_secret(name), value) for name, value in rows}

    def drop_secrets(self, names: Iterable[str]) -> None:
        """Delete small secrets. Their last traces go with the next erasure, as those of a key do."""
        if rows := [(name,) for name in names]:
            with self._lock, immediate(self._connection, self._path):
                self._connection.executemany("DELETE FROM secret WHERE name = ?", rows)

    def signed(self) -> tuple[int, bytes] | None:
        """Size and root of the largest tree that the log's key is known to have signed, or None before the first.

        A record that is smaller, or has another root at that size, is not the one that was signed.
        """
        with self._lock, translated(self._path):
            row = self._connection.execute("SELECT size, root FROM signed_tree").fetchone()
            return (row[0], row[1]) if row else None

    def note_signed(self, size: int, root: bytes) -> None:
        """Remember that a tree was signed; a smaller one than is remembered changes nothing.

        It outlives the process, and a power failure but for the last moments, whose trees are then remembered as
        the smaller ones before them. That spares each commit of the record a second wait for the disk.
        """
        with self._lock, translated(self._path):
            self._connection.execute("PRAGMA synchronous=NORMAL")
            try:
                with immediate(self._connection, self._path):
                    self._connection.execute(
                        "INSERT INTO signed_tree VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE "
                        "SET size = excluded.size, root = excluded.root WHERE excluded.size >= signed_tree.size",
                        (size, root),
                    )
            finally:
                self._connection.execute("PRAGMA synchronous=FULL")

    # ── custody ─────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def custody(self) -> Custody:
        """In which form private values lie here."""
        return self._custody

    @property
    def description(self) -> str:
        """The description of the custody; empty for keys in the open."""
        return self._description

    @property
    def kept(self) -> str:
        """`open`, `passphrase` or `pkcs11`."""
        return kind_of(self._description)

    def seal_with_passphrase(self, passphrase: bytes) -> int:
        """Put the keys under a passphrase, also in place of another one. As `convert`."""
        return self.convert(*with_passphrase(passphrase))

    def seal_with_token(self, module: str, token: str) -> int:
        """Put the keys under a key in a PKCS#11 token. As `convert`."""
        return self.convert(*with_token(module, token))

    def unseal(self) -> int:
        """Put the keys in the open again, in a file that only its owner may read. As `convert`."""
        return self.convert("", unlock(""))

    def convert(self, description: str, custody: Custody) -> int:
        """Rewrite every private value for another custody, in one transaction; then rid the files of the old bytes.

        Gives how many were rewritten. Killed in between, either custody holds, and the next who opens the file ends
        the cleaning. Raises `Busy` when another process keeps old bytes in the write-ahead log: end it, and repeat.
        """
        with self._lock:
            with immediate(self._connection, self._path):
                self._check_custody()
                count = self._rewrite(custody)
                self._connection.execute(
                    "INSERT OR REPLACE INTO custody VALUES (1, ?, ?, 0)", (self._generation + 1, description)
                )
            self._generation, self._description, self._custody = self._generation + 1, description, custody
            self._scrub()
            return count

    def _rewrite(self, custody: Custody) -> int:
        run = self._connection.execute
        holders = run("SELECT subject, retention, private FROM holder_key").fetchall()
        secrets = run("SELECT name, value FROM secret").fetchall()
        self._connection.executemany(
            "UPDATE holder_key SET private = ? WHERE subject = ? AND retention = ?",
            (
                (custody.wrap(_of(*holder), self._custody.unwrap(_of(*holder), private)), *holder)
                for *holder, private in holders
            ),
        )
        self._connection.executemany(
            "UPDATE secret SET value = ? WHERE name = ?",
            (
                (custody.wrap(_secret(name), self._custody.unwrap(_secret(name), value)), name)
                for name, value in secrets
            ),
        )
        return len(holders) + len(secrets)

    def _scrub(self) -> None:
        """Lay the file out anew and empty the write-ahead log, so that no byte of an earlier custody is left."""
        with translated(self._path):
            self._connection.execute("VACUUM")
        self._truncate("still has keys as they lay before; end the other processes and repeat the command")
        with translated(self._path):
            self._connection.execute("UPDATE custody SET clean = 1")

    def _custody_row(self) -> tuple[int, str, bool]:
        with translated(self._path):
            row = self._connection.execute("SELECT generation, description, clean FROM custody").fetchone()
        return (row[0], row[1], bool(row[2])) if row else (0, "", True)

    def _check_custody(self) -> None:
        """Raise `Locked` where another process has changed the custody: nothing may be written in the old form."""
        generation, _, _ = self._custody_row()
        if generation != self._generation:
            raise Locked(f"{self._path.name}: another process changed how keys are kept; start this one again")

    def _unwrapped(self, name: str, wrapped: bytes) -> bytes:
        try:
            return self._custody.unwrap(name, wrapped)
        except RecordFault:
            self._check_custody()
            raise

    def close(self) -> None:
        with self._lock:
            self._known.clear()
            self._connection.close()

    def _delete(self, subject: str, retention: str, named: bytes) -> None:
        with immediate(self._connection, self._path):
            self._connection.execute("DELETE FROM holder_key WHERE subject = ? AND retention = ?", (subject, retention))
            self._connection.execute("INSERT INTO erased_key VALUES (NULL, ?)", (named,))

    def _truncate(self, otherwise: str) -> None:
        """Move the write-ahead log into the file and empty it, so that no deleted key is left in it."""
        with translated(self._path):
            kept = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if kept:
            raise Busy(f"{self._path.name}: a reader holds the log that {otherwise}")

    def _insert_secret(self, name: str, value: bytes) -> None:
        if self.secret(name) is None:
            with immediate(self._connection, self._path):
                self._check_custody()
                wrapped = self._custody.wrap(_secret(name), value)
                self._connection.execute("INSERT OR IGNORE INTO secret VALUES (?, ?)", (name, wrapped))

    def _find(self, holder: Holder) -> _Pair | None:
        with translated(self._path):
            self._notice_erasures()
            return self._known.get(holder) or self._read(holder)

    def _missing(self, holders: Iterable[Holder]) -> list[Holder]:
        with translated(self._path):
            self._notice_erasures()
            return [holder for holder in holders if holder not in self._known and self._read(holder) is None]

    def _notice_erasures(self) -> None:
        """Forget what is held when a key was erased, here or by another process."""
        version = self._data_version()
        if version != self._version:
            self._version = version
            if (erasures := self._erasures_done()) != self._erasures:
                self._known.clear()
                self._erasures = erasures

    def _read(self, holder: Holder) -> _Pair | None:
        row = self._connection.execute(
            "SELECT private FROM holder_key WHERE subject = ? AND retention = ?", holder
        ).fetchone()
        if row is None:
            return None
        raw = self._unwrapped(_of(*holder), row[0])
        found = self._known[holder] = _Pair(raw, X25519PrivateKey.from_private_bytes(raw).public_key())
        return found

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _erasures_done(self) -> int:
        """How many erasures there were. Other changes of the file (a nonce, a new key) leave what is known good."""
        return int(self._connection.execute("SELECT coalesce(max(number), 0) FROM erased_key").fetchone()[0])


def _of(subject: str, retention: str) -> str:
    """The name under which a holder's key is wrapped."""
    return f"holder\n{retention}\n{subject}"


def _witness_seed(kind: int, number: int) -> str:
    return f"witness-{kind:#04x}-seed" + (f"-{number}" if number else "")


def _secret(name: str) -> str:
    return f"secret\n{name}"


class _Pair:
    """A key pair. The private half is worked up when something is opened with it, which most never see here."""

    __slots__ = ("_raw", "public")

    def __init__(self, raw: bytes, public: X25519PublicKey) -> None:
        self._raw, self.public = raw, public

    @property
    def private(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self._raw)
