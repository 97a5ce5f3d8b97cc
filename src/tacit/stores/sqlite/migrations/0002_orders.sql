-- Indexes that give the rows of one namespace, or of one model, in the order in which they came: each ends in the
-- rowid. Without them a page of items, the latest recall or what the vector index has not read yet sorts them all:
-- 27 ms a question at 500,000 vectors.

CREATE INDEX items_by_namespace ON items (namespace);
CREATE INDEX vectors_by_model ON vectors (model);
CREATE INDEX recalls_by_namespace ON recalls (namespace);
CREATE INDEX feedback_by_namespace ON feedback (namespace);
CREATE INDEX jobs_by_namespace ON jobs (namespace);
