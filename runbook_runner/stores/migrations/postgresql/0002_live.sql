-- What a command prints while it runs, for those who look on: one row a run, and no part of the record. Unlogged: no
-- write waits for the disk, and none of it reaches archives or standbys.
CREATE UNLOGGED TABLE runbook.live (
    run text COLLATE "C" PRIMARY KEY,
    attempt integer NOT NULL,
    size bigint NOT NULL,
    body text NOT NULL
) WITH (fillfactor = 50);

-- A role that runs may only insert and read: this changes it on its behalf.
CREATE FUNCTION runbook.show(a_run text, a_attempt integer, a_size bigint, a_body text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM runbook.may_write();
    IF a_body IS NULL THEN
        DELETE FROM runbook.live WHERE run = a_run;
    ELSE
        INSERT INTO runbook.live AS l (run, attempt, size, body) VALUES (a_run, a_attempt, a_size, a_body)
        ON CONFLICT (run) DO UPDATE SET attempt = excluded.attempt, size = excluded.size, body = excluded.body;
        -- As events are told: only while somebody looks on.
        IF NOT pg_try_advisory_xact_lock_shared(5246, 1) THEN
            PERFORM pg_notify('runbook', a_run);
        END IF;
    END IF;
END
$$;

-- Whoever may read events may see this too.
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT DISTINCT a.grantee FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.oid = 'runbook.events'::regclass AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
    LOOP
        EXECUTE format(
            'GRANT SELECT ON runbook.live TO %s',
            CASE WHEN each.grantee = 0 THEN 'PUBLIC' ELSE each.grantee::regrole::text END
        );
    END LOOP;
END
$$;
