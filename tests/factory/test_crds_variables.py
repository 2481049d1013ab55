"""CRDS variables: from the environment to a plan, and from a plan back to it."""

import os

import pytest

from mkrefs.factory.crds_variables import crds_of_environment, differences, environment_of
from mkrefs.jobs.crds_state import CrdsState


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cache").mkdir()
    monkeypatch.setenv("CRDS_PATH", "cache")
    monkeypatch.setenv("CRDS_CONTEXT", "jwst_0002.pmap")
    monkeypatch.delenv("CRDS_SERVER_URL", raising=False)


def test_a_plan_does_not_depend_on_the_current_folder(tmp_path, monkeypatch):
    assert crds_of_environment() == CrdsState(str(tmp_path / "cache"), "jwst_0002.pmap")
    monkeypatch.setenv("CRDS_PATH", "absent")
    assert crds_of_environment().path == "absent"


def test_differences_are_told(tmp_path):
    assert differences(crds_of_environment()) == ()
    told = differences(CrdsState(str(tmp_path / "cache"), "", "https://server"))
    assert told == (
        "CRDS_CONTEXT is jwst_0002.pmap; what counts is how the run was planned: not set",
        "CRDS_SERVER_URL is not set; what counts is how the run was planned: https://server",
    )


def test_the_environment_is_that_of_the_plan_for_a_while(tmp_path):
    before = dict(os.environ)
    with environment_of(CrdsState(str(tmp_path), "", "https://server")):
        assert os.environ["CRDS_PATH"] == str(tmp_path)
        assert os.environ["CRDS_SERVER_URL"] == "https://server"
        assert "CRDS_CONTEXT" not in os.environ
    assert dict(os.environ) == before
