-- All in a schema of its own, so that the journal may share a database. Whoever applies this owns it.
CREATE SCHEMA runbook;

CREATE TABLE runbook.migrations (
    version integer PRIMARY KEY,
    applied timestamptz NOT NULL DEFAULT now()
);

-- What a list of runs asks of a payload. What JSON may hold and a text of PostgreSQL may not (zero bytes, halves of surrogate pairs, which
-- stand for bytes that were no UTF-8) becomes a question mark; chr(1) keeps the backslashes apart that mean themselves.
CREATE FUNCTION runbook.facts(body text) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
SELECT CASE
    WHEN body ~ '\\u(d[89a-f]|0000)' THEN replace(
        regexp_replace(replace(body, '\\', chr(1)), '\\u(d[89a-f][0-9a-f]{2}|0000)', '?', 'g'), chr(1), '\\'
    )::json
    ELSE body::json
END
$$;

CREATE FUNCTION runbook.about(body text) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
SELECT json_build_object(
    'path', f ->> 'path', 'title', f ->> 'title', 'service', f ->> 'service', 'who', f ->> 'who',
    'outcome', f ->> 'outcome'
)
FROM runbook.facts(body) AS f
$$;

CREATE TABLE runbook.events (
    run text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    writer text COLLATE "C" NOT NULL,
    seq integer NOT NULL,
    parent text COLLATE "C" NOT NULL,
    wall double precision NOT NULL,
    mono double precision NOT NULL,
    boot text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    payload_digest text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    salt text COLLATE "C",
    -- JSON as it was hashed: text, since jsonb would write numbers in another way. NULL once scrubbed.
    body text COLLATE "C",
    -- Token of the lease that a decision was made under; NULL for an observation.
    fence bigint,
    -- For lists of runs: to take it out of the payloads of all starts took a second and a half on a million events.
    -- It goes with the payload. Set by the triggers: a generated column would be planned anew at each insert.
    about json,
    PRIMARY KEY (run, position)
);

-- What an alert's history and a list of runs ask for; an index of every event would double what each step writes.
CREATE INDEX milestones ON runbook.events (type, wall) WHERE type IN ('run_started', 'run_ended');
CREATE INDEX runs ON runbook.events (wall, run) WHERE position = 1;
CREATE INDEX ends ON runbook.events (run) WHERE type = 'run_ended';
CREATE INDEX drivers ON runbook.events (run) WHERE type = 'driver_changed';

-- A released lease keeps its row: the token must grow for ever.
CREATE TABLE runbook.leases (
    run text COLLATE "C" PRIMARY KEY,
    token bigint NOT NULL,
    held boolean NOT NULL,
    writer text COLLATE "C" NOT NULL,
    who text NOT NULL,
    host text NOT NULL,
    pid bigint NOT NULL,
    boot text NOT NULL,
    -- Seconds since the epoch, by the clock of this server.
    expires double precision NOT NULL
) WITH (fillfactor = 50);

-- Whoever writes to a run or claims it waits here for the others; no right to change a row is needed for that.
CREATE FUNCTION runbook.take_turns(a_run text) RETURNS void LANGUAGE sql
AS $$ SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(a_run, 5246)) $$;

-- Every append passes through this, whoever makes it: an event goes to the end of its run, and a decision needs
-- the lease. Each statement in it sees what was committed before it, hence the lock comes first.
CREATE FUNCTION runbook.go_to_the_end() RETURNS trigger LANGUAGE plpgsql
AS $$
DECLARE
    last record;
    expected integer := 1;
BEGIN
    -- An expression, which takes a third of a statement's time; it is never null.
    IF pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(NEW.run, 5246)) IS NULL THEN
        RETURN NULL;
    END IF;
    IF NEW.fence IS NOT NULL THEN
        PERFORM FROM runbook.leases WHERE run = NEW.run AND token = NEW.fence AND held;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the lease is void' USING ERRCODE = 'RB002';
        END IF;
    END IF;
    SELECT position, digest, writer, seq INTO last
    FROM runbook.events WHERE run = NEW.run ORDER BY position DESC LIMIT 1;
    IF FOUND THEN
        IF NEW.parent <> last.digest THEN
            RAISE EXCEPTION 'the run has moved on' USING ERRCODE = 'RB001';
        END IF;
        NEW.position := last.position + 1;
        IF NEW.writer = last.writer THEN
            expected := last.seq + 1;
        ELSE
            SELECT 1 + coalesce(max(seq), 0) INTO expected
            FROM runbook.events WHERE run = NEW.run AND writer = NEW.writer;
        END IF;
    ELSE
        IF NEW.parent <> '' THEN
            RAISE EXCEPTION 'the run has moved on' USING ERRCODE = 'RB001';
        END IF;
        NEW.position := 1;
    END IF;
    IF NEW.seq <> expected THEN
        RAISE EXCEPTION 'its number should be %', expected USING ERRCODE = 'RB003';
    END IF;
    NEW.about := NULL;
    IF NEW.type IN ('run_started', 'run_ended', 'driver_changed') THEN
        NEW.about := runbook.about(NEW.body);
    END IF;
    -- Telling everybody makes commits wait for each other, so it is done only while somebody holds this to listen.
    IF NOT pg_catalog.pg_try_advisory_xact_lock_shared(5246, 1) THEN
        PERFORM pg_catalog.pg_notify('runbook', NEW.run);
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER events_go_to_the_end BEFORE INSERT ON runbook.events
FOR EACH ROW EXECUTE FUNCTION runbook.go_to_the_end();

CREATE FUNCTION runbook.only_scrub() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.salt IS NULL AND NEW.body IS NULL THEN
        OLD.salt := NULL;
        OLD.body := NULL;
        OLD.about := NULL;
        NEW.about := NULL;
        IF NEW::text = OLD::text THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the journal is append-only: events never change, and their payloads are only ever scrubbed'
        USING ERRCODE = 'RB004';
END
$$;

CREATE TRIGGER events_never_change BEFORE UPDATE OR DELETE ON runbook.events
FOR EACH ROW EXECUTE FUNCTION runbook.only_scrub();
CREATE TRIGGER events_never_go BEFORE TRUNCATE ON runbook.events
FOR EACH STATEMENT EXECUTE FUNCTION runbook.only_scrub();

-- Leases change, and a role that runs may only insert and read: these change them on its behalf.
CREATE FUNCTION runbook.may_write() RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT has_table_privilege(session_user, 'runbook.events', 'INSERT') THEN
        RAISE EXCEPTION 'permission denied for the journal' USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;

CREATE FUNCTION runbook.claim(
    a_run text, a_writer text, a_who text, a_host text, a_pid bigint, a_boot text,
    a_now double precision, a_ttl double precision, a_take boolean, a_over bigint
) RETURNS SETOF runbook.leases LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM runbook.may_write();
    PERFORM runbook.take_turns(a_run);
    -- Who holds it comes back when it is not ours; then nothing was changed.
    IF NOT a_take THEN
        RETURN QUERY SELECT * FROM runbook.leases AS l
        WHERE l.run = a_run AND l.held AND l.writer <> a_writer AND l.expires > a_now AND l.token <> a_over;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY INSERT INTO runbook.leases AS l (run, token, held, writer, who, host, pid, boot, expires)
    VALUES (a_run, 1, true, a_writer, a_who, a_host, a_pid, a_boot, a_now + a_ttl)
    ON CONFLICT (run) DO UPDATE SET
        token = l.token + 1, held = true, writer = excluded.writer, who = excluded.who, host = excluded.host,
        pid = excluded.pid, boot = excluded.boot, expires = excluded.expires
    RETURNING l.*;
END
$$;

CREATE FUNCTION runbook.renew(a_run text, a_token bigint, a_expires double precision)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM runbook.may_write();
    UPDATE runbook.leases SET expires = a_expires WHERE run = a_run AND token = a_token AND held;
    RETURN FOUND;
END
$$;

CREATE FUNCTION runbook.release(a_run text, a_token bigint)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM runbook.may_write();
    PERFORM runbook.take_turns(a_run);
    UPDATE runbook.leases SET held = false WHERE run = a_run AND token = a_token AND held;
END
$$;

-- For the owner: lets a role run runbooks, or with `false` read and watch only.
CREATE FUNCTION runbook.admit(a_role name, a_writes boolean DEFAULT true) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA runbook TO %I', a_role);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA runbook TO %I', a_role);
    IF a_writes THEN
        EXECUTE format('GRANT INSERT ON runbook.events TO %I', a_role);
    END IF;
END
$$;
