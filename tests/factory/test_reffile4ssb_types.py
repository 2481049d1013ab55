"""A reference file for the pipeline must be of the type it stands for."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.config import Overrides
from mkrefs.errors import UserError
from mkrefs.factory.prepare import prepare
from mkrefs.factory.requests import label_request
from mkrefs.factory.settings import read_config
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.registry.plugins import load_plugins


def requested(path):
    plugins = load_plugins()
    setting = Overrides(section=(("readnoise", "reffile4ssb", f"{{superbias: '{path}'}}"),))
    config = read_config(None, (), setting, plugins, reserved=(), requested=("readnoise",))
    return label_request("readnoise", config, plugins)


def test_the_detector_that_a_file_is_for_is_known(tmp_path):
    path = tmp_path / "file.fits"
    fits.PrimaryHDU(header=fits.Header({"REFTYPE": "SUPERBIAS", "DETECTOR": "NRCA1"})).writeto(path)
    assert requested(path).override_detectors == {"superbias": "NRCA1"}


@pytest.mark.parametrize("reftype", ["SUPERBIAS", "GAIN"])
def test_another_type_is_refused_before_anything_runs(tmp_path, reftype):
    path = tmp_path / "file.fits"
    fits.PrimaryHDU(np.zeros((2, 2)), fits.Header({"REFTYPE": reftype})).writeto(path)
    if reftype == "SUPERBIAS":
        assert requested(path).overrides == {"superbias": str(path)}
    else:
        with pytest.raises(
            UserError, match=r"has REFTYPE GAIN; give superbias reference files, CRDS or SELF"
        ):
            requested(path)


def test_a_fits_file_that_is_no_reference_file_is_refused_too(tmp_path):
    path = tmp_path / "exposure.fits"
    fits.PrimaryHDU(header=fits.Header({"DETECTOR": "NRCA1"})).writeto(path)
    with pytest.raises(UserError, match=r"has no REFTYPE; give superbias reference files, CRDS or SELF"):
        requested(path)


def test_exposures_of_another_detector_are_left_out_by_name(tmp_path, darks):
    path = tmp_path / "file.fits"
    fits.PrimaryHDU(header=fits.Header({"REFTYPE": "SUPERBIAS", "DETECTOR": "NRCA1"})).writeto(path)
    plugins = load_plugins()
    setting = Overrides(
        section=(
            ("readnoise", "reffile4ssb", f"{{superbias: '{path}'}}"),
            ("output", "outrootdir", str(tmp_path)),
        )
    )
    config = read_config(None, (), setting, plugins, reserved=(), requested=("readnoise",))
    files = [str(dark) for dark in darks("small")[:2]]
    plan = prepare(("readnoise",), files, config, plugins, crds=CrdsState()).plan
    assert plan.jobs == ()
    assert {left.reason for left in plan.labels[0].left_out} == {
        "reffile4ssb names a superbias file of NRCA1, but the exposure is of NRCB1"
    }
