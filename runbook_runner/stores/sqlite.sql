-- Named queries of sqlite.py: a name between dashes, then one statement.

-- last --
-- Where a run ends.
SELECT position, digest FROM events WHERE run = :run ORDER BY position DESC LIMIT 1

-- last_seq --
-- How far a writer has come in a run.
SELECT coalesce(max(seq), 0) FROM events WHERE run = :run AND writer = :writer

-- add_payload --
INSERT INTO payloads (salt, body) VALUES (:salt, :body)

-- add_event --
INSERT INTO events (
    run, position, writer, seq, parent, wall, mono, boot, type, version, payload_digest, digest, payload
)
VALUES (
    :run, :position, :writer, :seq, :parent, :wall, :mono, :boot, :type, :version, :payload_digest, :digest, :payload
)

-- events_of_run --
SELECT
    run, writer, seq, parent, wall, mono, boot, type, version, payload_digest, digest, salt, body
FROM events JOIN payloads ON payloads.id = events.payload
WHERE run = :run AND position > :after
ORDER BY position

-- events_of_type --
SELECT
    run, writer, seq, parent, wall, mono, boot, type, version, payload_digest, digest, salt, body, position
FROM events JOIN payloads ON payloads.id = events.payload
WHERE type = :type AND wall >= :since

-- milestones --
-- The same where an index helps: it is used only where these words say that it may be.
SELECT
    run, writer, seq, parent, wall, mono, boot, type, version, payload_digest, digest, salt, body, position
FROM events JOIN payloads ON payloads.id = events.payload
WHERE type = :type AND wall >= :since AND type IN ('run_started', 'run_ended')

-- runs --
-- Newest first; the index on first events holds one row a run.
SELECT run FROM events
WHERE position = 1 AND substr(run, 1, length(:prefix)) = :prefix
ORDER BY wall DESC, run DESC

-- every_run --
SELECT run FROM events GROUP BY run ORDER BY run

-- find --
-- What is asked of a start and an end stands in their payloads.
SELECT e.run FROM events AS e JOIN payloads AS p ON p.id = e.payload
WHERE e.position = 1
    AND e.wall >= :since
    AND (:held = 0.0 OR e.run IN (SELECT run FROM leases WHERE held AND expires > :held))
    AND (:service = '' OR json_extract(p.body, '$.service') = :service)
    AND (
        :runbook = ''
        OR instr(lower(json_extract(p.body, '$.title') || char(10) || json_extract(p.body, '$.path')), lower(:runbook))
    )
    AND (
        :who = ''
        OR json_extract(p.body, '$.who') = :who
        OR EXISTS (
            SELECT 1 FROM events AS d JOIN payloads AS q ON q.id = d.payload
            WHERE d.run = e.run AND d.type = 'driver_changed' AND json_extract(q.body, '$.who') = :who
        )
    )
    AND (
        :outcome = ''
        OR :outcome = coalesce((
            SELECT coalesce(json_extract(q.body, '$.outcome'), 'scrubbed')
            FROM events AS d JOIN payloads AS q ON q.id = d.payload
            WHERE d.run = e.run AND d.type = 'run_ended'
            LIMIT 1
        ), 'open')
    )
ORDER BY e.wall DESC, e.run DESC
LIMIT :limit

-- containing --
SELECT
    run, writer, seq, parent, wall, mono, boot, type, version, payload_digest, digest, salt, body
FROM events JOIN payloads ON payloads.id = events.payload
WHERE wall >= :since AND type IN (SELECT value FROM json_each(:types)) AND body LIKE :like ESCAPE '\'
ORDER BY wall DESC, run DESC, position DESC

-- scrub --
UPDATE payloads SET salt = NULL, body = NULL
WHERE id = (SELECT payload FROM events WHERE run = :run AND writer = :writer AND seq = :seq)

-- empty --
UPDATE payloads SET salt = NULL, body = NULL
WHERE body IS NOT NULL AND id IN (SELECT payload FROM events WHERE run = :run AND type <> 'pruned')

-- lease --
SELECT run, token, writer, who, host, pid, boot, expires, held FROM leases WHERE run = :run

-- claim --
INSERT INTO leases (run, token, held, writer, who, host, pid, boot, expires)
VALUES (:run, :token, 1, :writer, :who, :host, :pid, :boot, :expires)
ON CONFLICT (run) DO UPDATE SET
    token = excluded.token, held = 1, writer = excluded.writer, who = excluded.who, host = excluded.host,
    pid = excluded.pid, boot = excluded.boot, expires = excluded.expires

-- renew --
UPDATE leases SET expires = :expires WHERE run = :run AND token = :token AND held

-- release --
UPDATE leases SET held = 0 WHERE run = :run AND token = :token

-- show --
INSERT OR REPLACE INTO live (run, attempt, size, body) VALUES (:run, :attempt, :size, :body)

-- hide --
DELETE FROM live WHERE run = :run

-- shown --
SELECT attempt, size, body FROM live WHERE run = :run
