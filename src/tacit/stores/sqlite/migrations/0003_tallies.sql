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

-- A saved index is used where these checksums, which the index below holds beside the passages, are those it was made of.
DROP INDEX vectors_by_passage;
CREATE INDEX vectors_by_passage ON vectors (model, passage, checksum);
