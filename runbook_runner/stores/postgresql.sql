-- Named queries of postgresql.py: a name between dashes, then one statement.

-- greet --
-- What this server is, and whether this process of it is ours alone: a pooler tells of another. What is careless for a
-- journal there is set for the session by `settle`.
SELECT
    pg_is_in_recovery(),
    current_setting('server_encoding'),
    extract(epoch FROM clock_timestamp())::double precision,
    pg_backend_pid(),
    current_setting('synchronous_commit') IN ('off', 'local')
    OR current_setting('default_transaction_isolation') <> 'read committed'

-- settle --
-- What holds for a session that is ours alone: nothing that was acknowledged is lost, nobody waits for ever. The server
-- gives up by itself some milliseconds before we do: it knows better what it waited for.
SELECT
    CASE current_setting('synchronous_commit')
        WHEN 'off' THEN set_config('synchronous_commit', 'on', false)
        WHEN 'local' THEN set_config('synchronous_commit', 'on', false)
    END,
    set_config('default_transaction_isolation', 'read committed', false),
    set_config('statement_timeout', '950', false),
    set_config('lock_timeout', '850', false)
WHERE pg_backend_pid() = {pid}

-- careful --
-- The same for one transaction, where a session is shared.
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL synchronous_commit = on

-- version --
SELECT coalesce(max(version), 0) FROM runbook.migrations

-- migrating --
-- One at a time; those that waited find nothing left to do.
SELECT pg_advisory_xact_lock(5246, 0), set_config('statement_timeout', '0', true)

-- known --
-- Read from the table: a cached name may be out of date after a wait.
SELECT count(*) > 0 FROM pg_tables WHERE schemaname = 'runbook' AND tablename = 'migrations'

-- migrated --
INSERT INTO runbook.migrations (version) VALUES (%(version)s)

-- at_length --
-- For what may take its time; in one round trip, since servers may be far away.
BEGIN;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0

-- add_events --
INSERT INTO runbook.events (
    run, writer, seq, parent, wall, mono, boot, type, version, payload_digest, digest, salt, body, fence
) VALUES

-- stored --
SELECT count(*) FROM runbook.events WHERE run = %(run)s AND digest = ANY(%(digests)s)

-- head --
SELECT digest FROM runbook.events WHERE run = %(run)s ORDER BY position DESC LIMIT 1

-- events_of_run --
SELECT run, writer, seq, parent, wall, mono, boot, type, version, payload_digest, digest, salt, body
FROM runbook.events
WHERE run = %(run)s AND position > %(after)s
ORDER BY position

-- events_of_type --
SELECT run, writer, seq, parent, wall, mono, boot, type, version, payload_digest, digest, salt, body, position
FROM runbook.events
WHERE type = %(type)s AND wall >= %(since)s

-- milestones --
-- The same where an index helps: it is used only where these words say that it may be.
SELECT run, writer, seq, parent, wall, mono, boot, type, version, payload_digest, digest, salt, body, position
FROM runbook.events
WHERE type = %(type)s AND wall >= %(since)s AND type IN ('run_started', 'run_ended')

-- runs --
SELECT run FROM runbook.events
WHERE position = 1 AND starts_with(run, %(prefix)s)
ORDER BY wall DESC, run DESC

-- every_run --
SELECT run FROM runbook.events GROUP BY run ORDER BY run

-- find --
-- What is asked of a start and an end stands in their payloads.
SELECT e.run FROM runbook.events AS e
WHERE e.position = 1
    AND e.wall >= %(since)s
    AND (
        %(held)s::double precision = 0
        OR e.run IN (SELECT l.run FROM runbook.leases AS l WHERE l.held AND l.expires > %(held)s)
    )
    AND (%(service)s = '' OR e.about ->> 'service' = %(service)s)
    AND (
        %(runbook)s = ''
        OR strpos(
            lower((e.about ->> 'title') || chr(10) || (e.about ->> 'path')),
            lower(%(runbook)s)
        ) > 0
    )
    AND (
        %(who)s = ''
        OR e.about ->> 'who' = %(who)s
        OR EXISTS (
            SELECT 1 FROM runbook.events AS d
            WHERE d.run = e.run AND d.type = 'driver_changed' AND d.about ->> 'who' = %(who)s
        )
    )
    AND (
        %(outcome)s = ''
        OR %(outcome)s = coalesce((
            SELECT coalesce(d.about ->> 'outcome', 'scrubbed') FROM runbook.events AS d
            WHERE d.run = e.run AND d.type = 'run_ended'
            LIMIT 1
        ), 'open')
    )
ORDER BY e.wall DESC, e.run DESC
LIMIT %(limit)s::bigint

-- containing --
SELECT run, writer, seq, parent, wall, mono, boot, type, version, payload_digest, digest, salt, body
FROM runbook.events
WHERE wall >= %(since)s AND type = ANY(%(types)s) AND lower(body) LIKE lower(%(like)s)
ORDER BY wall DESC, run DESC, position DESC

-- scrub --
UPDATE runbook.events SET salt = NULL, body = NULL
WHERE run = %(run)s AND writer = %(writer)s AND seq = %(seq)s

-- empty --
UPDATE runbook.events SET salt = NULL, body = NULL
WHERE body IS NOT NULL AND run = ANY(%(runs)s) AND type <> 'pruned'

-- sweep --
-- What was there before an update stays in the file until this.
VACUUM (INDEX_CLEANUP OFF) runbook.events

-- watching --
-- While this is held, appends are told: see the trigger.
SELECT pg_try_advisory_lock(5246, 1)

-- lease --
SELECT run, token, held, writer, who, host, pid, boot, expires FROM runbook.leases WHERE run = %(run)s AND held

-- claim --
SELECT run, token, held, writer, who, host, pid, boot, expires
FROM runbook.claim(
    %(run)s, %(writer)s, %(who)s, %(host)s, %(pid)s, %(boot)s,
    %(now)s::double precision, %(ttl)s::double precision, %(take)s, %(over)s
)

-- renew --
SELECT runbook.renew(%(run)s, %(token)s, %(expires)s::double precision)

-- release --
SELECT runbook.release(%(run)s, %(token)s)

-- show --
SELECT runbook.show(%(run)s, %(attempt)s, %(size)s, %(body)s)

-- hide --
-- By the journal's owner, who removes texts.
DELETE FROM runbook.live WHERE run = ANY(%(runs)s)

-- shown --
SELECT attempt, size, body FROM runbook.live WHERE run = %(run)s
