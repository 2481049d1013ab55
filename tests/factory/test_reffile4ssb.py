"""Reference files that take the place of CRDS's are found by path or pattern, one for each type."""

import pytest

from mkrefs.config import Overrides
from mkrefs.errors import UserError
from mkrefs.factory.requests import label_request
from mkrefs.factory.settings import read_config
from mkrefs.planning.request import LabelRequest
from mkrefs.registry.plugins import load_plugins


def request(folder, text: str) -> LabelRequest:
    setting = (("readnoise", "reffile4ssb", f"{{bpm: '{folder / text}', gain: CRDS}}"),)
    plugins = load_plugins()
    config = read_config(None, (), Overrides(section=setting), plugins, reserved=(), requested=("readnoise",))
    return label_request("readnoise", config, plugins)


def overrides(folder, text: str) -> dict[str, str]:
    return dict(request(folder, text).overrides)


@pytest.mark.parametrize("text", ["bpm_1.fits", "bpm*.fits", "?pm_[1].fits"])
def test_one_file_is_taken(tmp_path, text):
    (tmp_path / "bpm_1.fits").touch()
    assert overrides(tmp_path, text) == {"mask": str(tmp_path / "bpm_1.fits")}


def test_none_is_refused_by_name_and_of_several_the_rules_choose(tmp_path):
    with pytest.raises(UserError, match=r"reffile4ssb\.mask: .*bpm\*\.fits does not exist; give CRDS, SELF"):
        overrides(tmp_path, "bpm*.fits")
    for number in (1, 2):
        (tmp_path / f"bpm_{number}.fits").touch()
    found = request(tmp_path, "bpm*.fits")
    assert found.overrides == {}
    assert found.layers["mask"].files == (str(tmp_path / "bpm_1.fits"), str(tmp_path / "bpm_2.fits"))
