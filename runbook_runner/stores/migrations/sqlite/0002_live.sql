-- What a command prints while it runs, for those who look on: one row a run, and no part of the record.
CREATE TABLE live (
    run TEXT NOT NULL PRIMARY KEY,
    attempt INTEGER NOT NULL,
    size INTEGER NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
