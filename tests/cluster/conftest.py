import sys
from pathlib import Path

import pytest

for name in ("running", "cluster"):  # where the toy work and the toy cluster are
    sys.path.insert(0, str(Path(__file__).parents[1] / name))


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A folder for a run."""
    folder = tmp_path / "run"
    folder.mkdir()
    return folder
