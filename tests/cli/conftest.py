import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def planned(mkrefs: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:
    """Give the jobs that `mkrefs plan --json` prints."""
    return lambda *words, **settings: json.loads(mkrefs("plan", "--json", *words, **settings).stdout)["jobs"]


@pytest.fixture(scope="session")
def toy_plugin() -> str:
    """What PYTHONPATH must be for the plugin with the label toy_noise to be installed."""
    return str(Path(__file__).parent.parent / "data" / "toy_plugin")
