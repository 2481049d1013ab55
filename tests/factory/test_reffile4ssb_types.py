"""A reference file for the pipeline must be of the type it stands for."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.config import Overrides
from mkrefs.errors import UserError
from mkrefs.factory.requests import label_request
from mkrefs.factory.settings import read_config
from mkrefs.registry.plugins import load_plugins


def overrides(path):
    plugins = load_plugins()
    setting = Overrides(section=(("readnoise", "reffile4ssb", f"{{superbias: '{path}'}}"),))
    config = read_config(None, (), setting, plugins, reserved=(), requested=("readnoise",))
    return dict(label_request("readnoise", config, plugins).overrides)


@pytest.mark.parametrize("reftype", ["SUPERBIAS", "GAIN"])
def test_another_type_is_refused_before_anything_runs(tmp_path, reftype):
    path = tmp_path / "file.fits"
    fits.PrimaryHDU(np.zeros((2, 2)), fits.Header({"REFTYPE": reftype})).writeto(path)
    if reftype == "SUPERBIAS":
        assert overrides(path) == {"superbias": str(path)}
    else:
        with pytest.raises(UserError, match=r"has REFTYPE GAIN; give a superbias reference file"):
            overrides(path)
