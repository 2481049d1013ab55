"""What a final file is compared with is checked before anything runs."""

import pytest

from mkrefs.config import Overrides
from mkrefs.errors import UserError
from mkrefs.factory.requests import label_request
from mkrefs.factory.settings import read_config
from mkrefs.registry.plugins import load_plugins


def request(*main, section=()):
    plugins = load_plugins()
    overrides = Overrides(main=main, section=section)
    config = read_config(None, (), overrides, plugins, reserved=(), requested=("readnoise",))
    return label_request("readnoise", config, plugins)


@pytest.fixture
def references(darks):
    return darks("small")[0].parent / "references"


def test_a_file_of_the_type_is_taken(references):
    path = next(references.glob("*_readnoise.fits"))
    assert request(("validation", f"{{rdnoise: '{path}'}}")).validation == str(path)
    assert request(("validation", "{readnoisereffile: crds}")).validation == "CRDS"
    assert request(("validation", f"{{gain: '{path}'}}")).validation == ""


def test_what_cannot_be_compared_is_refused_with_its_place(references, tmp_path):
    gain, mask = (next(references.glob(f"*_{reftype}.fits")) for reftype in ("gain", "mask"))
    for path, reason in (
        (tmp_path / "none.fits", "does not exist"),
        (gain, "has REFTYPE GAIN; give CRDS or the path of a readnoise reference file"),
        (mask, "has REFTYPE MASK"),
    ):
        with pytest.raises(UserError, match=reason) as raised:
            request(("validation", f"{{readnoise: '{path}'}}"))
        assert str(raised.value).startswith("command line: -p validation")
    (tmp_path / "text.fits").write_text("no FITS file")
    with pytest.raises(UserError, match="is no reference file in FITS form"):
        request(("validation", f"{{readnoise: '{tmp_path / 'text.fits'}'}}"))


def test_tests_are_taken_from_the_label_or_else_from_the_top_level():
    on = (("test4ssb", "True"), ("quality_check", "True"))
    assert request().tests == ()
    assert request(*on).tests == ("test4ssb", "quality_check")
    section = (("readnoise", "test4ssb", "False"), ("readnoise", "test4datamodel", "True"))
    assert request(*on, section=section).tests == ("test4datamodel", "quality_check")
