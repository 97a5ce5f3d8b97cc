-- What was learned: JSON values by space and key. With its tally, as every table has one (see 0001).

CREATE TABLE learned (
    namespace INTEGER NOT NULL,
    space TEXT NOT NULL,
    key TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (namespace, space, key)
) STRICT, WITHOUT ROWID;

CREATE VIEW learned_tallied AS SELECT t.checksum AS value FROM learned t;
INSERT INTO tallies SELECT 'learned', count(*), coalesce(sum(value), 0) & 0xffffffffffff FROM learned_tallied;
CREATE TRIGGER learned_added AFTER INSERT ON learned BEGIN
    UPDATE tallies SET rows = rows + 1, sum = sum + (new.checksum) & 0xffffffffffff WHERE name = 'learned';
END;
CREATE TRIGGER learned_deleted AFTER DELETE ON learned BEGIN
    UPDATE tallies SET rows = rows - 1, sum = sum - (old.checksum) & 0xffffffffffff WHERE name = 'learned';
END;
CREATE TRIGGER learned_changed AFTER UPDATE ON learned BEGIN
    UPDATE tallies SET sum = sum + (new.checksum) - (old.checksum) & 0xffffffffffff
    WHERE name = 'learned';
END;

-- Of a serial stage nobody claims while somebody else holds a job of the namespace: looked for at every claim.
CREATE INDEX jobs_held ON jobs (namespace, stage, leased_until) WHERE state = 'leased';
