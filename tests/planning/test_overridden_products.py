"""A product made with CRDS's file does not stand in for one made with the file that was asked for."""

import pytest

from mkrefs.planning.missing_steps import CalibrationState, Refusal, Source, assess
from mkrefs.planning.required_steps import parse_ssbsteps

REQUIRED = parse_ssbsteps("dq_init, superbias, refpix", "NIRCAM")


def state(*done):
    return CalibrationState("x.fits", dict.fromkeys(done, "COMPLETE"))


@pytest.mark.parametrize("done", [("dq_init", "superbias"), REQUIRED.steps])
def test_a_step_done_with_another_file_is_refused_by_name(done):
    verdict = assess(state(*done), REQUIRED, "NIRCAM", {"superbias": "mine.fits"})
    assert isinstance(verdict, Refusal)
    assert verdict.reason.startswith("superbias already done, without the files")


def test_steps_that_take_other_types_stay_done():
    verdict = assess(state("dq_init"), REQUIRED, "NIRCAM", {"superbias": "mine.fits"})
    assert verdict == Source("x.fits", ("dq_init",), ("superbias", "refpix"))
