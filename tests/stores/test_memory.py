from __future__ import annotations

import pytest

from runbook_runner.ports import Store
from runbook_runner.stores import memory
from tests.contracts.stores import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return memory.OPEN("")
