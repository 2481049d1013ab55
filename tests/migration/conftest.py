"""Old configurations, and ways to migrate them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mkrefs.migration import Finding, Kind, migrate_text
from mkrefs.registry.plugins import Plugins, load_plugins

DATA = Path(__file__).parent / "data"
EXAMPLE = Path(__file__).parents[2] / "configs" / "documented-example.yml"


@pytest.fixture(scope="session")
def plugins() -> Plugins:
    return load_plugins()


@pytest.fixture(scope="session")
def old_configuration() -> Callable[[str], Path]:
    """Give the path of an old configuration by its name."""
    return lambda name: EXAMPLE if name == "documented-example" else DATA / f"{name}.cfg"


@pytest.fixture(scope="session")
def migrated(plugins: Plugins) -> Callable[[str], tuple[str, list[str]]]:
    """Migrate a text; give the new one, and what is told, one line each without the name of the file."""

    def run(text: str, *kinds: Kind) -> tuple[str, list[str]]:
        new, findings = migrate_text(text, "old.cfg", plugins.creators)
        wanted: list[Finding] = [each for each in findings if not kinds or each.kind in kinds]
        return new, [each.told("old.cfg").removeprefix("old.cfg:") for each in wanted]

    return run
