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
-- With the checksum: a saved index in memory is used where these are those that it was made of.
CREATE INDEX vectors_by_passage ON vectors (model, passage, checksum);

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

-- Indexes that give the rows of one namespace, or of one model, in the order in which they came: each ends in the
-- rowid. Without them a page of items, the latest recall or what the vector index has not read yet sorts them all:
-- 27 ms a question at 500,000 vectors.

CREATE INDEX items_by_namespace ON items (namespace);
CREATE INDEX vectors_by_model ON vectors (model);
CREATE INDEX recalls_by_namespace ON recalls (namespace);
CREATE INDEX feedback_by_namespace ON feedback (namespace);
CREATE INDEX jobs_by_namespace ON jobs (namespace);

-- Tallies: how many rows each table has, and the sum of their checksums, kept by triggers in the same transaction. A page
-- that an older state of itself replaced is whole by every other measure; its rows do not add up to the tally.

CREATE TABLE tallies (
    name TEXT PRIMARY KEY,
    rows INTEGER NOT NULL,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- items
CREATE VIEW items_tallied AS SELECT t.checksum + t.payload_checksum AS value FROM items t;
INSERT INTO tallies SELECT 'items', count(*), coalesce(sum(value), 0) & 0xffffffffffff FROM items_tallied;
CREATE TRIGGER items_added AFTER INSERT ON items BEGIN
    UPDATE tallies SET rows = rows + 1, sum = sum + (new.checksum + new.payload_checksum) & 0xffffffffffff WHERE name = 'items';
END;
CREATE TRIGGER items_deleted AFTER DELETE ON items BEGIN
    UPDATE tallies SET rows = rows - 1, sum = sum - (old.checksum + old.payload_checksum) & 0xffffffffffff WHERE name = 'items';
END;

-- vectors
CREATE VIEW vectors_tallied AS SELECT t.checksum AS value FROM vectors t;
INSERT INTO tallies SELECT 'vectors', count(*), coalesce(sum(value), 0) & 0xffffffffffff FROM vectors_tallied;
CREATE TRIGGER vectors_added AFTER INSERT ON vectors BEGIN
    UPDATE tallies SET rows = rows + 1, sum = sum + (new.checksum) & 0xffffffffffff WHERE name = 'vectors';
END;
CREATE TRIGGER vectors_deleted AFTER DELETE ON vectors BEGIN
    UPDATE tallies SET rows = rows - 1, sum = sum - (old.checksum) & 0xffffffffffff WHERE name = 'vectors';
END;

-- derivations
CREATE VIEW derivations_tallied AS SELECT t.sequence + length(t.source) AS value FROM derivations t;
INSERT INTO tallies SELECT 'derivations', count(*), coalesce(sum(value), 0) & 0xffffffffffff FROM derivations_tallied;
CREATE TRIGGER derivations_added AFTER INSERT ON derivations BEGIN
    UPDATE tallies SET rows = rows + 1, sum = sum + (new.sequence + length(new.source)) & 0xffffffffffff WHERE name = 'derivations';
END;
CREATE TRIGGER derivations_deleted AFTER DELETE ON derivations BEGIN
    UPDATE tallies SET rows = rows - 1, sum = sum - (old.sequence + length(old.source)) & 0xffffffffffff WHERE name = 'derivations';
END;

-- drafts
CREATE VIEW drafts_tallied AS SELECT t.checksum + t.steps AS value FROM drafts t;
INSERT INTO tallies SELECT 'drafts', count(*), coalesce(sum(value), 0) & 0xffffffffffff FROM drafts_tallied;
CREATE TRIGGER drafts_added AFTER INSERT ON drafts BEGIN
    UPDATE tallies SET rows = rows + 1, sum = sum + (new.checksum + new.steps) & 0xffffffffffff WHERE name = 'drafts';
END;
CREATE TRIGGER drafts_deleted AFTER DELETE ON drafts BEGIN
    UPDATE tallies SET rows = rows - 1, sum = sum - (old.checksum + old.steps) & 0xffffffffffff WHERE name = 'drafts';
END;
CREATE TRIGGER drafts_changed AFTER UPDATE ON drafts BEGIN
    UPDATE tallies SET sum = sum + (new.checksum + new.steps) - (old.checksum + old.steps) & 0xffffffffffff
    WHERE name = 'drafts';
END;

-- draft_steps
CREATE VIEW draft_steps_tallied AS SELECT t.checksum AS value FROM draft_steps t;
INSERT INTO tallies SELECT 'draft_steps', count(*), coalesce(sum(value), 0) & 0xffffffffffff FROM draft_steps_tallied;
CREATE TRIGGER draft_steps_added AFTER INSERT ON draft_steps BEGIN
    UPDATE tallies SET rows = rows + 1, sum = sum + (new.checksum) & 0xffffffffffff WHERE name = 'draft_steps';
END;
CREATE TRIGGER draft_steps_deleted AFTER DELETE ON draft_steps BEGIN
    UPDATE tallies SET rows = rows - 1, sum = sum - (old.checksum) & 0xffffffffffff WHERE name = 'draft_steps';
END;

-- recalls
CREATE VIEW recalls_tallied AS SELECT t.checksum AS value FROM recalls t;
INSERT INTO tallies SELECT 'recalls', count(*), coalesce(sum(value), 0) & 0xffffffffffff FROM recalls_tallied;
CREATE TRIGGER recalls_added AFTER INSERT ON recalls BEGIN
    UPDATE tallies SET rows = rows + 1, sum = sum + (new.checksum) & 0xffffffffffff WHERE name = 'recalls';
END;
CREATE TRIGGER recalls_deleted AFTER DELETE ON recalls BEGIN
    UPDATE tallies SET rows = rows - 1, sum = sum - (old.checksum) & 0xffffffffffff WHERE name = 'recalls';
END;

-- feedback
CREATE VIEW feedback_tallied AS SELECT t.checksum AS value FROM feedback t;
INSERT INTO tallies SELECT 'feedback', count(*), coalesce(sum(value), 0) & 0xffffffffffff FROM feedback_tallied;
CREATE TRIGGER feedback_added AFTER INSERT ON feedback BEGIN
    UPDATE tallies SET rows = rows + 1, sum = sum + (new.checksum) & 0xffffffffffff WHERE name = 'feedback';
END;
CREATE TRIGGER feedback_deleted AFTER DELETE ON feedback BEGIN
    UPDATE tallies SET rows = rows - 1, sum = sum - (old.checksum) & 0xffffffffffff WHERE name = 'feedback';
END;

-- notes
CREATE VIEW notes_tallied AS SELECT t.checksum AS value FROM notes t;
INSERT INTO tallies SELECT 'notes', count(*), coalesce(sum(value), 0) & 0xffffffffffff FROM notes_tallied;
CREATE TRIGGER notes_added AFTER INSERT ON notes BEGIN
    UPDATE tallies SET rows = rows + 1, sum = sum + (new.checksum) & 0xffffffffffff WHERE name = 'notes';
END;
CREATE TRIGGER notes_deleted AFTER DELETE ON notes BEGIN
    UPDATE tallies SET rows = rows - 1, sum = sum - (old.checksum) & 0xffffffffffff WHERE name = 'notes';
END;
CREATE TRIGGER notes_changed AFTER UPDATE ON notes BEGIN
    UPDATE tallies SET sum = sum + (new.checksum) - (old.checksum) & 0xffffffffffff
    WHERE name = 'notes';
END;

-- jobs
CREATE VIEW jobs_tallied AS SELECT t.checksum + 31 * t.attempts + (t.leased_until & 0xffffffff) + (t.not_before & 0xffffffff)
            + length(t.lease) + 7 * length(t.error) + 131 * instr('queued leased done dead', t.state) AS value FROM jobs t;
INSERT INTO tallies SELECT 'jobs', count(*), coalesce(sum(value), 0) & 0xffffffffffff FROM jobs_tallied;
CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN
    UPDATE tallies SET rows = rows + 1, sum = sum + (new.checksum + 31 * new.attempts + (new.leased_until & 0xffffffff) + (new.not_before & 0xffffffff)
            + length(new.lease) + 7 * length(new.error) + 131 * instr('queued leased done dead', new.state)) & 0xffffffffffff WHERE name = 'jobs';
END;
CREATE TRIGGER jobs_deleted AFTER DELETE ON jobs BEGIN
    UPDATE tallies SET rows = rows - 1, sum = sum - (old.checksum + 31 * old.attempts + (old.leased_until & 0xffffffff) + (old.not_before & 0xffffffff)
            + length(old.lease) + 7 * length(old.error) + 131 * instr('queued leased done dead', old.state)) & 0xffffffffffff WHERE name = 'jobs';
END;
CREATE TRIGGER jobs_changed AFTER UPDATE ON jobs BEGIN
    UPDATE tallies SET sum = sum + (new.checksum + 31 * new.attempts + (new.leased_until & 0xffffffff) + (new.not_before & 0xffffffff)
            + length(new.lease) + 7 * length(new.error) + 131 * instr('queued leased done dead', new.state)) - (old.checksum + 31 * old.attempts + (old.leased_until & 0xffffffff) + (old.not_before & 0xffffffff)
            + length(old.lease) + 7 * length(old.error) + 131 * instr('queued leased done dead', old.state)) & 0xffffffffffff
    WHERE name = 'jobs';
END;
