"""A pass that saves several states leaves what passes for each of them would leave."""

from pathlib import Path

import pytest

from mkrefs.instruments.pipeline_steps import NIR_ORDER
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.ledger.fingerprint import fingerprint
from mkrefs.ledger.products import single_products
from mkrefs.planning.calibrations import Calibration, plan_calibrations
from mkrefs.planning.missing_steps import Source
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.required_steps import parse_ssbsteps

LAYOUT = RunLayout(Path("/out"), "", "001", "", Path("/out/001/ssb"))


def fingerprints(*states):
    """Plan the calibration of an exposure into some states; give fingerprints by path of the product."""
    required = [parse_ssbsteps(text, "NIRCAM") for text in states]
    overrides = (("superbias", "/refs/superbias.fits"),)
    wanted = [
        Calibration("e1", Source("/in/e1_uncal.fits", (), one.steps), one, "NIRCAM", "NRCA1", overrides)
        for one in required
    ]
    jobs, _ = plan_calibrations(wanted, LAYOUT, CrdsState())
    return {
        part.outputs[0]: fingerprint(part, dict.fromkeys(part.inputs, "0"), {}, "rules")
        for job in jobs
        for part in single_products(job)
    }


@pytest.mark.parametrize("later", NIR_ORDER[6:])
@pytest.mark.parametrize("first", ["superbias-", "refpix-", "saturation, superbias"])
def test_what_was_made_for_one_label_holds_when_another_is_asked_for_too(first, later):
    alone = fingerprints(first)
    together = fingerprints(first, f"{later}-")
    assert alone.items() <= together.items()
    assert fingerprints(f"{later}-").items() <= together.items()
