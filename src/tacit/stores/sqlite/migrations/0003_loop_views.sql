-- The improvement loop as others read it: five views with the columns that were published for its tables, and the
-- namespace. The rows are JSON in `learned` (nouns of tacit.improvement; what holds its default is left out of it), so
-- that a view is all they need. Times are ISO 8601 in UTC. A test counts as a success where the judge accepted it.

CREATE VIEW loop_rows AS
SELECT n.name AS namespace, l.space AS space, l.key AS id, CAST(l.body AS TEXT) AS body
FROM namespaces n CROSS JOIN learned l ON l.namespace = n.id;

CREATE VIEW performance_metrics AS
SELECT
    id,
    strftime('%Y-%m-%dT%H:%M:%fZ', body ->> 'timestamp' / 1000000.0, 'unixepoch') AS timestamp,
    coalesce(body ->> 'session', '') AS session_id,
    body ->> '$.metrics.indexing_speed' AS indexing_speed,
    body ->> '$.metrics.memory_usage_mb' AS memory_usage_mb,
    body ->> '$.metrics.query_time_ms' AS query_time_ms,
    body ->> '$.metrics.cpu_percent' AS cpu_percent,
    body ->> '$.metrics.database_size_mb' AS database_size_mb,
    body ->> '$.metrics.active_connections' AS active_connections,
    body ->> '$.metrics.cache_hit_rate' AS cache_hit_rate,
    body ->> '$.metrics.error_count' AS error_count,
    coalesce(body -> 'metrics', '{}') AS metrics_json,
    namespace
FROM loop_rows WHERE space = 'loop.snapshots';

CREATE VIEW bottlenecks AS
SELECT
    id,
    body ->> 'metric_name' AS metric_name,
    body ->> 'current_value' AS current_value,
    body ->> 'target_value' AS target_value,
    body ->> 'severity' AS severity,
    body ->> 'impact_score' AS impact_score,
    body ->> 'description' AS description,
    coalesce(body ->> 'resolved', 0) AS resolved,
    strftime('%Y-%m-%dT%H:%M:%fZ', body ->> 'timestamp' / 1000000.0, 'unixepoch') AS timestamp,
    namespace
FROM loop_rows WHERE space = 'loop.bottlenecks';

CREATE VIEW test_results AS
SELECT
    id,
    body ->> 'improvement' AS improvement_id,
    coalesce(body ->> '$.judgement.accepted', 0) AS success,
    coalesce(body -> 'before', '{}') AS performance_before,
    coalesce(body -> 'after', '{}') AS performance_after,
    coalesce(body ->> 'performance_change_percent', 0.0) AS performance_change_percent,
    coalesce(body -> 'errors', '[]') AS errors,
    coalesce(body -> 'warnings', '[]') AS warnings,
    coalesce(body ->> 'execution_time', 0.0) AS execution_time,
    strftime('%Y-%m-%dT%H:%M:%fZ', body ->> 'timestamp' / 1000000.0, 'unixepoch') AS timestamp,
    namespace
FROM loop_rows WHERE space = 'loop.trials';

CREATE VIEW improvements AS
SELECT
    i.id AS id,
    coalesce(i.body ->> 'bottleneck', '') AS bottleneck_id,
    coalesce(i.body ->> 'suggestion_type', 'optimization') AS suggestion_type,
    i.body ->> 'description' AS description,
    i.body -> 'change' AS code_changes,
    coalesce(i.body ->> 'expected_improvement', 0.0) AS expected_improvement,
    coalesce(i.body ->> 'confidence', 0.0) AS confidence,
    coalesce(i.body ->> 'status', 'proposed') AS status,
    t.body AS test_results,
    strftime('%Y-%m-%dT%H:%M:%fZ', i.body ->> 'timestamp' / 1000000.0, 'unixepoch') AS timestamp,
    i.namespace AS namespace
FROM loop_rows i
LEFT JOIN (
    SELECT namespace, CAST(body ->> 'improvement' AS TEXT) AS improvement, body, max(id)
    FROM loop_rows WHERE space = 'loop.trials' GROUP BY namespace, improvement
) t ON t.improvement = i.id AND +t.namespace = i.namespace
WHERE i.space = 'loop.improvements';

CREATE VIEW applied_improvements AS
SELECT
    id,
    body ->> 'improvement' AS improvement_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', body ->> 'applied_at' / 1000000.0, 'unixepoch') AS applied_at,
    coalesce(body -> 'before', '{}') AS performance_before,
    coalesce(body -> 'after', '{}') AS performance_after,
    coalesce(body ->> 'success', 1) AS success,
    coalesce(body -> 'undo', '{}') AS rollback_data,
    coalesce(body ->> 'state', 'watched') = 'rolled back' AS rolled_back,
    strftime('%Y-%m-%dT%H:%M:%fZ', body ->> 'rolled_back_at' / 1000000.0, 'unixepoch') AS rolled_back_at,
    coalesce(body ->> 'notes', '') AS notes,
    namespace
FROM loop_rows WHERE space = 'loop.applications';
