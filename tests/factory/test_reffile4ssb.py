"""Reference files that take the place of CRDS's are found by path or pattern, one for each type."""

import pytest

from mkrefs.config import Overrides
from mkrefs.errors import UserError
from mkrefs.factory.requests import label_request
from mkrefs.factory.settings import read_config
from mkrefs.registry.plugins import load_plugins


def overrides(folder, text: str) -> dict[str, str]:
    setting = (("readnoise", "reffile4ssb", f"{{bpm: '{folder / text}', gain: CRDS}}"),)
    plugins = load_plugins()
    config = read_config(None, (), Overrides(section=setting), plugins, reserved=(), requested=("readnoise",))
    return dict(label_request("readnoise", config, plugins).overrides)


@pytest.mark.parametrize("text", ["bpm_1.fits", "bpm*.fits", "?pm_[1].fits"])
def test_one_file_is_taken(tmp_path, text):
    (tmp_path / "bpm_1.fits").touch()
    assert overrides(tmp_path, text) == {"mask": str(tmp_path / "bpm_1.fits")}


def test_none_and_several_are_refused_by_name(tmp_path):
    with pytest.raises(UserError, match=r"reffile4ssb\.mask: .*bpm\*\.fits, .* does not exist"):
        overrides(tmp_path, "bpm*.fits")
    for number in (1, 2):
        (tmp_path / f"bpm_{number}.fits").touch()
    with pytest.raises(UserError, match="names 2 files; give CRDS, or the path or pattern of one file"):
        overrides(tmp_path, "bpm*.fits")
