"""Files that the parameters of a creator name: they must exist, and are inputs of what is made."""

import pytest

from mkrefs.config import Overrides
from mkrefs.errors import UserError
from mkrefs.factory.requests import label_request
from mkrefs.factory.settings import read_config
from mkrefs.registry.plugins import load_plugins

LABELS = ("bad_pixel_mask", "badpix_from_flats")


def files_of(label, source):
    plugins = load_plugins()
    setting = Overrides(section=((label, "manual_flag_file", str(source)),))
    config = read_config(None, (), setting, plugins, reserved=(), requested=(label,))
    return label_request(label, config, plugins).files


@pytest.mark.parametrize("label", LABELS)
def test_a_list_is_an_input_by_its_absolute_path(label, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flags.txt").write_text("3 2 DEAD\n")
    assert files_of(label, "flags.txt") == (str(tmp_path / "flags.txt"),)


@pytest.mark.parametrize("source", ["default", "none", "null"])
def test_words_are_no_files(source):
    assert files_of("bad_pixel_mask", source) == ()


@pytest.mark.parametrize("label", LABELS)
def test_a_list_that_is_not_there_is_refused_at_once(label, tmp_path):
    with pytest.raises(UserError, match=f"{label}: .*nowhere.txt, which its parameters name, is no file"):
        files_of(label, tmp_path / "nowhere.txt")
