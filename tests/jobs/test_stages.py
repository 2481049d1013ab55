"""Every kind of job has its stage, in the order of the kinds, with words of its own."""

import typing

import pytest

from mkrefs.jobs.job import Job
from mkrefs.jobs.stages import STAGES, Stage, stage_of


def test_every_kind_of_job_has_a_stage():
    assert [stage.kind for stage in STAGES] == [kind.__name__ for kind in typing.get_args(Job)]


@pytest.mark.parametrize("word", ["job", "name"])
def test_no_two_stages_have_the_same_words(word):
    words = [getattr(stage, word) for stage in STAGES]
    assert all(words)
    assert len(set(words)) == len(words)


def test_a_stage_is_found_by_the_kind_of_its_jobs():
    assert stage_of("CreateJob") == Stage("CreateJob", "individual file", "individual files")


def test_a_kind_that_is_not_known_is_called_by_its_name():
    assert stage_of("PolishJob") == Stage("PolishJob", "polish", "polish")
