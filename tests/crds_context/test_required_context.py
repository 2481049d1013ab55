"""Without a cache and a context that exist nothing is begun."""

from pathlib import Path

import pytest

from mkrefs.crds_context import create_context, require_crds
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CRDS_PATH", "CRDS_CONTEXT", "CRDS_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    create_context(tmp_path / "cache")
    return tmp_path / "cache"


@pytest.mark.parametrize("context", ["", "jwst_0000.pmap", "jwst_0000", "jwst-edit"])
def test_a_context_of_the_cache_is_accepted(cache: Path, context: str) -> None:
    assert require_crds(CrdsState(str(cache), context)) is None


@pytest.mark.parametrize("context", ["jwst_0099.pmap", "foo"])
def test_a_context_the_cache_lacks_is_refused_by_name(cache: Path, context: str) -> None:
    with pytest.raises(
        UserError, match=rf"{context}, which CRDS_CONTEXT or the cache names, is not in the CRDS cache"
    ):
        require_crds(CrdsState(str(cache), context))


@pytest.mark.parametrize("folder", ["missing", "."])
def test_a_folder_that_is_no_cache_is_refused(cache: Path, folder: str) -> None:
    with pytest.raises(UserError, match="holds no CRDS cache"):
        require_crds(CrdsState(str(cache.parent / folder)))
