"""What `mkrefs describe` says of parameters."""

from mkrefs.cli.describe_report import description
from mkrefs.registry.plugins import load_plugins


def test_options_within_a_parameter_are_described_too():
    text = description("fix_bad_pixels", load_plugins())
    assert "  sigclip_kwargs: SigclipOptions, default {}\n" in text
    assert "  sigclip_kwargs.neg_sigma: float, default 5.0 sigma, > 0\n" in text
    assert "  medfilt_kwargs.size: int, default 4 pixel, >= 2\n" in text


def test_what_a_correction_may_do_to_pixels_is_told():
    assert "  standing   it may fill pixels\n" in description("replace_nans", load_plugins())
    assert "  standing   it changes that of no pixel\n" in description("level_match", load_plugins())
