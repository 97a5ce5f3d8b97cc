-- name: namespace_id
SELECT id FROM namespaces WHERE name = ?;
-- name: add_namespace
INSERT INTO namespaces (name) VALUES (?) RETURNING id;
-- name: namespaces
SELECT name FROM namespaces ORDER BY name;
-- name: count_passages
UPDATE namespaces SET passages = passages + ? WHERE id = ?;
-- name: passages
SELECT passages FROM namespaces WHERE id = ?;
-- name: take_sequences
UPDATE counters SET value = value + ? WHERE name = 'sequence' RETURNING value;

-- name: insert_item
INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
-- name: delete_item
DELETE FROM items WHERE sequence = ?;
-- name: add_derivation
INSERT OR IGNORE INTO derivations VALUES (?, ?, ?);
-- name: drop_derivation
DELETE FROM derivations WHERE namespace = ? AND source = ? AND sequence = ?;

-- name: add_words
INSERT INTO {words} (rowid, own, context) VALUES (?, ?, ?);
-- name: drop_words
DELETE FROM {words} WHERE rowid = ?;
-- name: make_words
CREATE VIRTUAL TABLE {words} USING fts5 (
    own, context, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '_'"
);
-- name: rank_words
INSERT INTO {words} ({words}, rank) VALUES ('rank', 'bm25(1.0, 0.5)');
-- name: scrub_words
-- A deleted row leaves its words in the segments, marked as gone, until they are merged (FTS5's secure-delete is not for
-- tables without content). This merges all of them: 0.2 s for 100,000 passages.
INSERT INTO {words} ({words}) VALUES ('optimize');

-- name: model
SELECT id, dimension, rows FROM models WHERE namespace = ? AND name = ?;
-- name: models
SELECT id, name, dimension, rows FROM models WHERE namespace = ?;
-- name: add_model
INSERT INTO models (namespace, name, dimension) VALUES (?, ?, ?) RETURNING id;
-- name: drop_model
DELETE FROM models WHERE id = ?;
-- name: count_vectors
UPDATE models SET rows = rows + ? WHERE id = ?;
-- name: drop_vector
DELETE FROM vectors WHERE model = ? AND passage = ?;
-- name: drop_vectors_between
DELETE FROM vectors WHERE model = ? AND passage BETWEEN ? AND ?;
-- name: add_vector
INSERT INTO vectors (model, passage, checksum, vector) VALUES (?, ?, ?, ?);
-- name: drop_vectors
DELETE FROM vectors WHERE model = ?;
-- name: vectors_of
SELECT passage, checksum, vector FROM vectors
WHERE model = ? AND passage IN (SELECT value FROM json_each(?));
-- name: vectors_since
SELECT passage, checksum, vector, added FROM vectors
WHERE model = ? AND added > ? ORDER BY added LIMIT ?;
-- name: vectors_up_to
SELECT count(*), coalesce(sum(checksum), 0) FROM vectors INDEXED BY vectors_by_passage WHERE model = ? AND added <= ?;
-- name: last_added
SELECT max(added) FROM vectors;
-- name: unembedded
SELECT i.sequence FROM items i
WHERE i.namespace = ?1 AND i.sequence > ?3
    AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.model = ?2 AND v.passage = i.sequence * 4096)
ORDER BY i.sequence LIMIT ?4;
-- name: embedded_items
SELECT count(*) FROM vectors WHERE model = ? AND passage % 4096 = 0;

-- name: add_draft
INSERT INTO drafts VALUES (?, ?, ?, ?, ?);
-- name: draft_steps_there
SELECT steps FROM drafts WHERE namespace = ? AND id = ?;
-- name: count_draft_steps
UPDATE drafts SET steps = steps + ? WHERE namespace = ? AND id = ?;
-- name: add_draft_steps
INSERT INTO draft_steps VALUES (?, ?, ?, ?, ?);
-- name: drop_draft
DELETE FROM drafts WHERE namespace = ? AND id = ?;
-- name: drop_draft_steps
DELETE FROM draft_steps WHERE namespace = ? AND draft = ?;
-- name: drafts
SELECT id, checksum, body FROM drafts WHERE namespace = ?1 AND (?2 IS NULL OR id = ?2) ORDER BY id;
-- name: steps_of_draft
SELECT first, checksum, body FROM draft_steps WHERE namespace = ? AND draft = ? ORDER BY first;

-- name: add_recall
INSERT INTO recalls (namespace, id, checksum, body) VALUES (?, ?, ?, ?);
-- name: recall
SELECT id, checksum, body FROM recalls WHERE namespace = ? AND id = ?;
-- name: recalls
SELECT id, checksum, body FROM recalls WHERE namespace = ? ORDER BY number DESC LIMIT ?;
-- name: add_feedback
INSERT INTO feedback (namespace, recall, checksum, body) VALUES (?, ?, ?, ?);
-- name: feedback
SELECT recall, checksum, body FROM feedback WHERE namespace = ? ORDER BY number;
-- name: feedback_since
SELECT recall, checksum, body FROM feedback WHERE namespace = ? AND recall >= ? ORDER BY number;
-- name: feedback_on
SELECT recall, checksum, body FROM feedback WHERE namespace = ? AND recall = ? ORDER BY number;
-- name: set_note
INSERT INTO notes VALUES (?, ?, ?, ?)
ON CONFLICT (namespace, key) DO UPDATE SET checksum = excluded.checksum, body = excluded.body;
-- name: drop_note
DELETE FROM notes WHERE namespace = ? AND key = ?;
-- name: note
SELECT checksum, body FROM notes WHERE namespace = ? AND key = ?;

-- name: put_learned
INSERT INTO learned VALUES (?, ?, ?, ?, ?)
ON CONFLICT (namespace, space, key) DO UPDATE SET checksum = excluded.checksum, body = excluded.body;
-- name: drop_learned
DELETE FROM learned WHERE namespace = ? AND space = ? AND key = ?;
-- name: tune
CREATE INDEX IF NOT EXISTS items_tuned_{column} ON items (namespace, {column});
-- name: untune
DROP INDEX IF EXISTS items_tuned_{column};
-- name: tuned
SELECT substr(name, 13) FROM sqlite_schema WHERE type = 'index' AND substr(name, 1, 12) = 'items_tuned_' ORDER BY name;
-- name: learned_spaces
SELECT space, count(*) FROM learned WHERE namespace = ? GROUP BY space ORDER BY space;
-- name: learned
SELECT key, checksum, body FROM learned
WHERE namespace = ?1 AND space = ?2 AND key IN (SELECT value FROM json_each(?3));
-- name: learnings
SELECT key, checksum, body FROM learned WHERE namespace = ? AND space = ? AND key > ? ORDER BY key LIMIT ?;
-- name: earlier_learnings
SELECT key, checksum, body FROM learned WHERE namespace = ? AND space = ? AND key < ? ORDER BY key DESC LIMIT ?;
-- name: latest_learnings
SELECT key, checksum, body FROM learned WHERE namespace = ? AND space = ? ORDER BY key DESC LIMIT ?;

-- name: add_job
INSERT OR IGNORE INTO jobs (namespace, stage, key, state, not_before, created_at, checksum, payload)
VALUES (?, ?, ?, 'queued', ?, ?, ?, ?);
-- name: due_job
SELECT id, namespace FROM jobs
WHERE stage IN (SELECT value FROM json_each(?1)) AND state IN ('queued', 'leased')
    AND (?3 IS NULL OR namespace = (SELECT n.id FROM namespaces n WHERE n.name = ?3))
    AND not_before <= ?2 AND (state = 'queued' OR leased_until <= ?2)
    AND NOT (stage IN (SELECT value FROM json_each(?4)) AND EXISTS (
        SELECT 1 FROM jobs held WHERE held.namespace = jobs.namespace AND held.stage = jobs.stage
            AND held.state = 'leased' AND held.leased_until > ?2))
ORDER BY id LIMIT 1;
-- name: due_jobs
SELECT id FROM jobs
WHERE stage IN (SELECT value FROM json_each(?1)) AND state IN ('queued', 'leased') AND +namespace = ?3
    AND not_before <= ?2 AND (state = 'queued' OR leased_until <= ?2)
    AND NOT (stage IN (SELECT value FROM json_each(?5)) AND EXISTS (
        SELECT 1 FROM jobs held WHERE held.namespace = jobs.namespace AND held.stage = jobs.stage
            AND held.state = 'leased' AND held.leased_until > ?2))
ORDER BY id LIMIT ?4;
-- name: lease_job
UPDATE jobs SET state = 'leased', attempts = attempts + 1, lease = ?, leased_until = ? WHERE id = ?;
-- name: bury_jobs
UPDATE jobs SET state = 'dead', lease = '',
    error = CASE WHEN error = '' THEN 'given up after ' || attempts || ' attempts' ELSE error END
WHERE stage IN (SELECT value FROM json_each(?1)) AND state IN ('queued', 'leased')
    AND not_before <= ?2 AND (state = 'queued' OR leased_until <= ?2) AND attempts >= ?3
    AND (?4 IS NULL OR namespace = (SELECT n.id FROM namespaces n WHERE n.name = ?4));
-- name: held
SELECT count(*) FROM jobs
WHERE state = 'leased' AND lease = ?1 AND id IN (SELECT value FROM json_each(?2));
-- name: extend_job
UPDATE jobs SET leased_until = ? WHERE id = ? AND state = 'leased' AND lease = ?;
-- name: finish_job
UPDATE jobs SET state = 'done', lease = '', error = '' WHERE id = ?;
-- name: fail_job
UPDATE jobs SET state = ?, lease = '', error = ?, not_before = ? WHERE id = ? AND state = 'leased' AND lease = ?;
-- name: release_job
UPDATE jobs SET state = 'queued', lease = '', attempts = attempts - 1 WHERE id = ? AND state = 'leased' AND lease = ?;
-- name: revive_jobs
UPDATE jobs SET state = 'queued', attempts = 0, not_before = 0 WHERE namespace = ? AND state = 'dead';
-- name: jobs
SELECT id, stage, key, state, attempts, lease, leased_until, not_before, error, created_at, checksum, payload FROM jobs
WHERE namespace = ?1 AND (?2 = '[]' OR state IN (SELECT value FROM json_each(?2)))
    AND (?3 = '[]' OR stage IN (SELECT value FROM json_each(?3))) ORDER BY id LIMIT ?4;
-- name: waiting_stages
-- The stages of which anything waits, by one look into the index each.
WITH RECURSIVE waiting (stage) AS (
    SELECT min(stage) FROM jobs INDEXED BY jobs_waiting WHERE state IN ('queued', 'leased')
    UNION ALL
    SELECT (
        SELECT min(j.stage) FROM jobs j INDEXED BY jobs_waiting
        WHERE j.state IN ('queued', 'leased') AND j.stage > waiting.stage
    ) FROM waiting WHERE waiting.stage IS NOT NULL
)
SELECT stage FROM waiting WHERE stage IS NOT NULL;
-- name: waiting_jobs
SELECT id, stage, key, state, attempts, lease, leased_until, not_before, error, created_at, checksum, payload
FROM jobs INDEXED BY jobs_waiting
WHERE state IN ('queued', 'leased') AND stage = ?2 AND +namespace = ?1
    AND state IN (SELECT value FROM json_each(?3)) ORDER BY id LIMIT ?4;
-- name: jobs_by_id
SELECT id, stage, key, state, attempts, lease, leased_until, not_before, error, created_at, checksum, payload FROM jobs
WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id;

-- name: kinds
SELECT kind, count(*) FROM items WHERE namespace = ? GROUP BY kind;
-- name: superseded
SELECT count(*) FROM items WHERE namespace = ? AND superseded_by IS NOT NULL;
-- name: count_drafts
SELECT count(*) FROM drafts WHERE namespace = ?;
-- name: job_states
SELECT state, count(*) FROM jobs WHERE namespace = ? GROUP BY state;
-- name: count_recalls
SELECT count(*) FROM recalls WHERE namespace = ?;
-- name: count_feedback
SELECT count(*) FROM feedback WHERE namespace = ?;

-- name: tallies
SELECT name, rows, sum FROM tallies ORDER BY name;
-- name: sequences
SELECT (SELECT coalesce(max(sequence), 0) FROM items), (SELECT value FROM counters WHERE name = 'sequence');
-- name: model_counts
SELECT name, rows, (SELECT count(*) FROM vectors v WHERE v.model = m.id) FROM models m;
-- name: namespace_counts
SELECT id, name, passages FROM namespaces;
