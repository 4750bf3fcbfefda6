-- Events of a run stand together, in order of arrival, so that appending touches few pages.
CREATE TABLE events (
    run TEXT NOT NULL,
    position INTEGER NOT NULL,
    writer TEXT NOT NULL,
    seq INTEGER NOT NULL,
    parent TEXT NOT NULL,
    wall REAL NOT NULL,
    mono REAL NOT NULL,
    boot TEXT NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    payload_digest TEXT NOT NULL,
    digest TEXT NOT NULL,
    payload INTEGER NOT NULL,
    PRIMARY KEY (run, position),
    UNIQUE (run, writer, seq)
) WITHOUT ROWID;

-- What an alert's history asks for; an index of every event would double what each step writes.
CREATE INDEX milestones ON events (type, wall) WHERE type IN ('run_started', 'run_ended');
CREATE INDEX runs ON events (wall) WHERE position = 1;

-- Apart, so that a leaked secret can be removed without touching the chain.
CREATE TABLE payloads (
    id INTEGER PRIMARY KEY,
    salt TEXT,
    body TEXT
);

-- A released lease keeps its row: the token must grow for ever.
CREATE TABLE leases (
    run TEXT NOT NULL PRIMARY KEY,
    token INTEGER NOT NULL,
    held INTEGER NOT NULL,
    writer TEXT NOT NULL,
    who TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    boot TEXT NOT NULL,
    expires REAL NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: events never change');
END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: events are never deleted');
END;

-- INSERT OR REPLACE would delete without asking the trigger above.
CREATE TRIGGER events_go_to_the_end BEFORE INSERT ON events
WHEN NEW.position IS NOT 1 + (SELECT coalesce(max(position), 0) FROM events WHERE run = NEW.run)
    OR NEW.parent IS NOT coalesce((SELECT digest FROM events WHERE run = NEW.run ORDER BY position DESC LIMIT 1), '')
    OR EXISTS (SELECT 1 FROM events WHERE run = NEW.run AND writer = NEW.writer AND seq = NEW.seq)
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: events go to the end of their run');
END;

CREATE TRIGGER payloads_only_empty BEFORE UPDATE ON payloads
WHEN NEW.id IS NOT OLD.id OR NEW.salt IS NOT NULL OR NEW.body IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: payloads are only ever scrubbed');
END;

CREATE TRIGGER payloads_never_go BEFORE DELETE ON payloads
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: payloads are only ever scrubbed');
END;

CREATE TRIGGER payloads_never_replaced BEFORE INSERT ON payloads
WHEN EXISTS (SELECT 1 FROM payloads WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only: payloads are only ever scrubbed');
END;
