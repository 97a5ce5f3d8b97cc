-- The first schema. Every row belongs to a namespace; every row has a checksum of its content.

CREATE TABLE namespaces (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    passages INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('sequence', 0);

-- The payload stands last: what does not ask for it does not read its overflow pages.
CREATE TABLE items (
    sequence INTEGER PRIMARY KEY,
    namespace INTEGER NOT NULL REFERENCES namespaces (id),
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT,
    type TEXT NOT NULL,
    author TEXT NOT NULL,
    session TEXT NOT NULL,
    domain TEXT NOT NULL,
    language TEXT NOT NULL,
    source TEXT NOT NULL,
    trust TEXT NOT NULL,
    tags TEXT,
    metadata TEXT,
    derived_from TEXT,
    context TEXT,
    created_at INTEGER NOT NULL,
    valid_from INTEGER,
    valid_to INTEGER,
    superseded_by TEXT,
    revision INTEGER NOT NULL,
    text TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    payload_checksum INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX items_by_id ON items (namespace, id);
CREATE UNIQUE INDEX items_by_key ON items (namespace, kind, key) WHERE key IS NOT NULL AND superseded_by IS NULL;
CREATE INDEX items_by_kind ON items (namespace, kind);
CREATE INDEX items_by_session ON items (namespace, session) WHERE session <> '';
CREATE INDEX items_by_successor ON items (namespace, superseded_by) WHERE superseded_by IS NOT NULL;

CREATE TABLE derivations (
    namespace INTEGER NOT NULL,
    source TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (namespace, source, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    namespace INTEGER NOT NULL,
    name TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    rows INTEGER NOT NULL DEFAULT 0,
    UNIQUE (namespace, name)
) STRICT;

-- `added` ascends and is never reused: an index in memory catches up by it.
CREATE TABLE vectors (
    added INTEGER PRIMARY KEY AUTOINCREMENT,
    model INTEGER NOT NULL,
    passage INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    vector BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX vectors_by_passage ON vectors (model, passage);

CREATE TABLE drafts (
    namespace INTEGER NOT NULL,
    id TEXT NOT NULL,
    steps INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (namespace, id)
) STRICT;

CREATE TABLE draft_steps (
    namespace INTEGER NOT NULL,
    draft TEXT NOT NULL,
    first INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (namespace, draft, first)
) STRICT;

CREATE TABLE recalls (
    number INTEGER PRIMARY KEY,
    namespace INTEGER NOT NULL,
    id TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX recalls_by_id ON recalls (namespace, id);

CREATE TABLE feedback (
    number INTEGER PRIMARY KEY,
    namespace INTEGER NOT NULL,
    recall TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX feedback_by_recall ON feedback (namespace, recall);

CREATE TABLE notes (
    namespace INTEGER NOT NULL,
    key TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (namespace, key)
) STRICT;

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    namespace INTEGER NOT NULL,
    stage TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    lease TEXT NOT NULL DEFAULT '',
    leased_until INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (namespace, stage, key)
) STRICT;
CREATE INDEX jobs_waiting ON jobs (stage, id) WHERE state IN ('queued', 'leased');
