"""HISTORY holds the user's own lines, and tells what the pipeline really did."""

import pytest

from mkrefs.reference_files.history import Provenance, calibration_state, history_lines, references_used


def test_each_line_of_the_users_text_is_a_line_of_history():
    provenance = Provenance(
        made_by="readnoise", plugin="p 1", inputs=[], state=[], parameters={}, fingerprint="f"
    )
    assert history_lines(provenance, text="one\ntwo", results=())[:2] == ("one", "two")
    assert history_lines(provenance, text="", results=())[0].startswith("Made by")


@pytest.mark.parametrize(
    ("days", "line"),
    [
        (("2024-03-01", "2024-03-01"), "Exposures taken on 2024-03-01"),
        (("2024-03-01", "2024-03-10"), "Exposures taken from 2024-03-01 to 2024-03-10"),
    ],
)
def test_the_days_of_the_exposures_are_told(days, line):
    provenance = Provenance(
        made_by="x", plugin="y", inputs=[], state=[], parameters={}, fingerprint="f", days=days
    )
    assert line in history_lines(provenance, text="", results=())


def test_steps_the_pipeline_skipped_are_not_told_as_done():
    assert calibration_state(("dq_init", "linearity"), {"dq_init", "jump"}) == (
        "Calibration state: dq_init",
        "Skipped by the pipeline: linearity",
    )
    assert calibration_state((), ()) == ("Calibration state: raw",)


def test_all_values_of_what_exposures_were_calibrated_with_are_told():
    headers = [
        {"CRDS_CTX": "jwst_0001.pmap", "R_MASK": "b.fits"},
        {"CRDS_CTX": "jwst_0001.pmap", "R_MASK": "a.fits"},
    ]
    assert references_used(headers) == (
        "Calibrated with CRDS_CTX jwst_0001.pmap",
        "Calibrated with R_MASK a.fits, b.fits",
    )
    assert references_used([{}, {}]) == ()
