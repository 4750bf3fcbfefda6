from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from runbook_runner.ports import Store
from runbook_runner.stores.postgresql import OPEN
from tests.contracts.stores import StoreContract
from tests.postgres import Server

_numbers = count()


@pytest.fixture
def url(cluster: Server) -> str:
    return cluster.create(f"journal{next(_numbers)}")


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def store(self, url: str) -> Iterator[Store]:
        store = OPEN(url)
        yield store
        store.close()
