"""What is appended again and again goes to the server in another way after a while, and means the same."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import psycopg
import pytest

from runbook_runner.errors import HeadMoved, HeldElsewhere, StoreAway, StoreError, StoreLocked
from runbook_runner.model import events as e
from runbook_runner.model.chain import seal, verify
from runbook_runner.model.events import Event
from runbook_runner.stores.postgresql import PostgresStore
from tests.contracts.stores import ALICE, BOB, RUN, notes
from tests.postgres import Server, wait_for

MANY = 8
"""So many, one by one, are more than it takes."""


@pytest.fixture(scope="module")
def url(cluster: Server) -> str:
    return cluster.create("often")


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    """A store that has appended often, to an empty run now."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET client_min_messages = error")
        connection.execute("DROP SCHEMA IF EXISTS runbook CASCADE")
    store = PostgresStore(url)
    for event in notes(MANY, run="before"):
        store.append([event], lease=None)
    yield store
    store.close()


def following(parent: Event, body: e.Body, **other: object) -> Event:
    about = {"run": RUN, "writer": parent.writer, "seq": parent.seq + 1, "parent": parent.digest, "salt": "00" * 16}
    return seal(body, **{**about, "wall": 1.0 / 3, "mono": 1e300, "boot": "b", **other})  # type: ignore[arg-type]


def test_what_is_refused_is_refused_in_the_same_words(store: PostgresStore) -> None:
    chain = notes(3)
    lease = store.claim(RUN, ALICE, now=1.0, ttl=30.0)
    store.append(chain[:1], lease=lease)
    with pytest.raises(HeadMoved):
        store.append(chain[:1], lease=lease)
    with pytest.raises(HeadMoved):
        store.append(chain[2:], lease=None)
    with pytest.raises(StoreError, match="its number should be 2"):
        store.append([following(chain[0], e.Noted("x"), seq=7)], lease=None)
    store.claim(RUN, BOB, now=1.0, ttl=30.0, take=True)
    with pytest.raises(HeldElsewhere, match="bob"):
        store.append(chain[1:2], lease=lease)
    store.append(chain[1:2], lease=None)
    assert store.events(RUN) == chain[:2]


def test_numbers_and_texts_of_any_kind_and_length_come_back_as_they_were(store: PostgresStore) -> None:
    chain = notes(1)
    for text in ("", "\x00 \ud800 ü'\\%s$1", "x" * (5 << 20)):
        chain.append(following(chain[-1], e.Noted(text)))
    for event in chain:
        store.append([event], lease=None)
    assert store.events(RUN) == chain
    assert verify(store.events(RUN)) == []


def test_a_text_that_no_database_takes_is_refused_whole(store: PostgresStore) -> None:
    chain = notes(1)
    store.append(chain, lease=None)
    with pytest.raises(StoreError, match="NUL"):
        store.append([following(chain[0], e.Noted("x"), boot="a\x00b")], lease=None)
    assert store.events(RUN) == chain


def test_a_connection_that_was_cut_comes_again(store: PostgresStore, url: str) -> None:
    chain = notes(MANY * 2)
    for number, event in enumerate(chain):
        if number % 7 == 5:
            with psycopg.connect(url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        store.append([event], lease=None)
    assert store.events(RUN) == chain


def test_another_that_uses_the_same_connection_of_a_pooler_is_no_hindrance(store: PostgresStore) -> None:
    store._link.ask("DEALLOCATE ALL")  # as if a pooler had given the connection of another server process
    chain = notes(MANY)
    for event in chain:
        store.append([event], lease=None)
    assert store.events(RUN) == chain


@pytest.mark.slow
def test_a_server_that_says_nothing_is_not_waited_for(store: PostgresStore, url: str) -> None:
    first, second = notes(2)
    store.append([first], lease=None)
    with psycopg.connect(url) as other:
        other.execute("SELECT runbook.take_turns(%s)", (RUN,))
        began = time.monotonic()
        with pytest.raises(StoreLocked):
            store.append([second], lease=None)
        assert time.monotonic() - began < 5
    backend = store._link.ask("SELECT pg_backend_pid()")[0][0]
    os.kill(backend, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(StoreAway, match="did not answer"):
            store.append([second], lease=None)
        assert time.monotonic() - began < 5
    finally:
        os.kill(backend, signal.SIGCONT)
    # What it has read by then, it does.
    wait_for(lambda: store.events(RUN) == [first, second])


def test_an_answer_to_one_is_never_taken_for_another(store: PostgresStore) -> None:
    event = notes(1)[0]
    store.append([event], lease=None)
    for _ in range(MANY):
        with pytest.raises(HeadMoved):
            store.append([event], lease=None)
        assert store.head(RUN) == event.digest
    store.append([following(event, e.Noted("x"))], lease=None)
    assert len(store.events(RUN)) == 2
