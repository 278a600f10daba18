"""The database's shape, as forward-only steps: step n takes a database from version n-1 to version n.

A released step is never changed. Tables that decide carry ``entry``, the sequence of the audit entry that wrote the
row last, and ``mac`` over the row (DESIGN.md, section 8); the others are notes, which a wrong value cannot turn
against their owner.
"""

from __future__ import annotations

from sqlcipher3 import dbapi2

_FIRST = (
    """CREATE TABLE meta (
        name TEXT PRIMARY KEY, value BLOB NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE keys (
        id TEXT PRIMARY KEY, spec TEXT NOT NULL, usage TEXT NOT NULL, state TEXT NOT NULL, origin TEXT NOT NULL,
        protection TEXT NOT NULL, version INTEGER NOT NULL, created TEXT NOT NULL, description TEXT NOT NULL,
        tags TEXT NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE aliases (
        alias TEXT PRIMARY KEY, key_id TEXT NOT NULL REFERENCES keys (id),
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX aliases_by_key ON aliases (key_id)",
    """CREATE TABLE key_versions (
        key_id TEXT NOT NULL REFERENCES keys (id), number INTEGER NOT NULL, created TEXT NOT NULL,
        material BLOB, public_key BLOB,
        entry INTEGER NOT NULL, mac BLOB NOT NULL,
        PRIMARY KEY (key_id, number)
    ) STRICT""",
    # Counters change with every use; they stand apart so that a use does not rewrite a row that decides.
    """CREATE TABLE key_uses (
        key_id TEXT NOT NULL, number INTEGER NOT NULL, wraps INTEGER NOT NULL, last_used TEXT NOT NULL,
        PRIMARY KEY (key_id, number)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE methods (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, label TEXT NOT NULL, holder TEXT NOT NULL, place TEXT NOT NULL,
        created TEXT NOT NULL, proven_at TEXT,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE audit (
        sequence INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, time TEXT NOT NULL, method TEXT NOT NULL,
        user TEXT NOT NULL, front_end TEXT NOT NULL, operation TEXT NOT NULL, key TEXT, outcome TEXT NOT NULL,
        of INTEGER, details TEXT NOT NULL, changes TEXT NOT NULL,
        previous BLOB NOT NULL, hash BLOB NOT NULL, mac BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX audit_by_key ON audit (key)",
    "CREATE INDEX audit_by_operation ON audit (operation)",
    """CREATE TABLE audit_head (
        id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL, hash BLOB NOT NULL, epoch INTEGER NOT NULL,
        mac BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE files (
        message_id BLOB PRIMARY KEY, key_id TEXT, version INTEGER, content TEXT NOT NULL, path BLOB NOT NULL,
        size INTEGER NOT NULL, created TEXT NOT NULL, seen TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX files_by_key ON files (key_id)",
    "CREATE INDEX files_by_path ON files (path)",
    """CREATE TABLE outputs (
        folder BLOB NOT NULL, name TEXT NOT NULL, created TEXT NOT NULL,
        PRIMARY KEY (folder, name)
    ) STRICT, WITHOUT ROWID""",
)

_GUARDS = (
    # The guard key of a version of a guarded key, wrapped to one guard (docs/formats/guarded-keys.md).
    """CREATE TABLE key_guards (
        key_id TEXT NOT NULL, number INTEGER NOT NULL, method_id TEXT NOT NULL, created TEXT NOT NULL,
        wrapped BLOB NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL,
        PRIMARY KEY (key_id, number, method_id),
        FOREIGN KEY (key_id, number) REFERENCES key_versions (key_id, number)
    ) STRICT, WITHOUT ROWID""",
)

_COUNT_USES = """INSERT INTO use_days (key_id, day, uses)
    WITH counted AS (
        SELECT key AS key_id, substr(time, 1, 10) AS day, count(*) AS uses FROM audit
        WHERE outcome = 'done' AND key IS NOT NULL AND operation IN (
            'Encrypt', 'Decrypt', 'ReEncrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext',
            'GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'Sign', 'Verify', 'GenerateMac',
            'VerifyMac', 'ExportKey'
        )
        GROUP BY 1, 2
    )
    SELECT key_id, day, uses FROM counted UNION ALL SELECT '', day, sum(uses) FROM counted GROUP BY day"""
"""What older Signets have logged as a use; later ones are counted as they are logged (store/tables/use_days.py)."""

_LIFE = (
    # There exactly while the key is PendingDeletion; nothing is destroyed when the date comes, the person is asked.
    """CREATE TABLE key_deletions (
        key_id TEXT PRIMARY KEY REFERENCES keys (id), requested TEXT NOT NULL, due TEXT NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # Automatic rotation: every so many days, next at that time. No row: none.
    """CREATE TABLE key_rotations (
        key_id TEXT PRIMARY KEY REFERENCES keys (id), days INTEGER NOT NULL, next TEXT NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # What the key may be used for, as canonical JSON (docs/formats/database.md), the entry that said so last, and the
    # uses that were taken, where they are counted. No row: whatever its usage allows.
    """CREATE TABLE key_policies (
        key_id TEXT PRIMARY KEY REFERENCES keys (id), policy TEXT NOT NULL, since INTEGER NOT NULL,
        uses INTEGER NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # What was imported into a key: by its digest the same material is known again; NULL: it does not expire.
    """CREATE TABLE key_imports (
        key_id TEXT PRIMARY KEY REFERENCES keys (id), digest BLOB NOT NULL, expires TEXT,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # The private half of a wrapping key that waits for material from elsewhere, and for which key, until its date.
    # Without a key it waits for a whole one, from another vault.
    """CREATE TABLE import_tokens (
        id TEXT PRIMARY KEY, key_id TEXT, spec TEXT NOT NULL, algorithm TEXT NOT NULL, created TEXT NOT NULL,
        expires TEXT NOT NULL, public_key BLOB NOT NULL, material BLOB NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # The vault that a key came from, and where it is rotated. No row: this one.
    """CREATE TABLE key_homes (
        key_id TEXT PRIMARY KEY REFERENCES keys (id), vault_id TEXT NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # The log's head as a token signed it; it decides whether a rewritten log is found, so it has its MAC as well.
    """CREATE TABLE checkpoints (
        sequence INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, hash BLOB NOT NULL, time TEXT NOT NULL,
        method TEXT NOT NULL, public_key BLOB NOT NULL, signature BLOB NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT""",
    # Other people, and the public keys of each: who can be given files, and is believed as a signer. ``folded`` is
    # the name as names are compared; ``trusted`` is when the fingerprint was compared, or empty.
    """CREATE TABLE people (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL, note TEXT NOT NULL, created TEXT NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE person_keys (
        person_id TEXT NOT NULL REFERENCES people (id), fingerprint TEXT NOT NULL, kind TEXT NOT NULL,
        content BLOB NOT NULL, comment TEXT NOT NULL, certificate BLOB NOT NULL, added TEXT NOT NULL,
        trusted TEXT NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL,
        PRIMARY KEY (person_id, fingerprint)
    ) STRICT, WITHOUT ROWID""",
    # Issuers whose certificates are believed, and the verified trusted lists of states: the lists themselves are
    # files, known by the digest.
    """CREATE TABLE trusted_issuers (
        fingerprint TEXT PRIMARY KEY, name TEXT NOT NULL, certificate BLOB NOT NULL, since TEXT NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE trusted_lists (
        territory TEXT PRIMARY KEY, operator TEXT NOT NULL, sequence INTEGER NOT NULL, issued TEXT NOT NULL,
        next_update TEXT NOT NULL, signer BLOB NOT NULL, named_by TEXT NOT NULL, digest BLOB NOT NULL,
        source TEXT NOT NULL, added TEXT NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX people_by_name ON people (folded)",
    "CREATE INDEX person_keys_by_fingerprint ON person_keys (fingerprint)",
    # Certificates of keys, by the SHA-256 of each; ``chain`` is the DER of those above it, one after the other, its
    # issuer's first; ``preferred`` is 1 for the one that the person chose for signing.
    """CREATE TABLE certificates (
        fingerprint TEXT PRIMARY KEY, key_id TEXT NOT NULL REFERENCES keys (id), der BLOB NOT NULL,
        chain BLOB NOT NULL, source TEXT NOT NULL, added TEXT NOT NULL, preferred INTEGER NOT NULL,
        entry INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX certificates_by_key ON certificates (key_id)",
    # Which message is to take the place of which; until that is so, both are known (services/catalogue.py).
    "ALTER TABLE outputs ADD COLUMN message_id BLOB",
    "ALTER TABLE outputs ADD COLUMN replaces BLOB",
    "CREATE INDEX key_rotations_by_next ON key_rotations (next)",
    # How often a key was used on a day (UTC), counted from the log; the key "" is all of them.
    """CREATE TABLE use_days (
        key_id TEXT NOT NULL, day TEXT NOT NULL, uses INTEGER NOT NULL,
        PRIMARY KEY (key_id, day)
    ) STRICT, WITHOUT ROWID""",
    _COUNT_USES,
    # For whom a known file is, as its header names them; whether its context was written here; what was decrypted.
    """CREATE TABLE file_recipients (
        message_id BLOB NOT NULL, recipient TEXT NOT NULL,
        PRIMARY KEY (message_id, recipient)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX file_recipients_by_recipient ON file_recipients (recipient)",
    "ALTER TABLE files ADD COLUMN own INTEGER",
    """CREATE TABLE copies (
        path BLOB PRIMARY KEY, message_id BLOB NOT NULL, content TEXT NOT NULL, created TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # Documents that were signed here: until when their signatures can be proven, so that they are extended in time.
    """CREATE TABLE signed_documents (
        path BLOB PRIMARY KEY, source BLOB NOT NULL, sha256 BLOB NOT NULL, form TEXT NOT NULL, level TEXT NOT NULL,
        signed TEXT NOT NULL, key_id TEXT NOT NULL, signer TEXT NOT NULL, provable_until TEXT NOT NULL,
        extended_as BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # A log of a million entries is filtered by time, by what went wrong, and asked which beginnings have ended.
    "CREATE INDEX audit_by_time ON audit (time)",
    "CREATE INDEX audit_by_trouble ON audit (outcome) WHERE outcome NOT IN ('allowed', 'done')",
    "CREATE INDEX audit_by_beginning ON audit (of) WHERE of IS NOT NULL",
    "ALTER TABLE key_uses ADD COLUMN uses INTEGER NOT NULL DEFAULT 0",
    # What was not counted until now, from the log.
    """INSERT INTO key_uses (key_id, number, uses, wraps, last_used)
        SELECT key_id, number, COUNT(*), 0, MAX(time) FROM audit
        JOIN key_versions ON key_id = key AND number = json_extract(details, '$.version')
        WHERE outcome = 'allowed' GROUP BY key_id, number
        ON CONFLICT (key_id, number) DO UPDATE
        SET uses = excluded.uses, last_used = MAX(last_used, excluded.last_used)""",
)

STEPS: tuple[tuple[str, ...], ...] = (_FIRST, _GUARDS, _LIFE)
NEWEST = len(STEPS)


def apply_steps(cursor: dbapi2.Cursor, version: int) -> None:
    """Take the steps that a database of that version still needs, within the transaction of ``cursor``."""
    for step in STEPS[version:]:
        for statement in step:
            cursor.execute(statement)
    cursor.execute(f"PRAGMA user_version = {NEWEST}")
