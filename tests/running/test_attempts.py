import pytest

from mkrefs.running.attempt import Attempts, Cause


def test_a_job_may_fail_once_more_than_it_is_tried_again():
    attempts = Attempts(2, frozenset(Cause))
    assert [attempts.take_failed("one", Cause.EXCEPTION) for _ in range(4)] == [True, True, False, False]
    assert attempts.count_failed("one") == 4
    assert attempts.count_failed("another") == 0


def test_no_retries_means_one_attempt():
    assert not Attempts(0, frozenset(Cause)).take_failed("one", Cause.SIGNAL)


def test_a_cause_that_is_not_named_ends_the_job():
    attempts = Attempts(5, {Cause.MEMORY})
    assert attempts.take_failed("one", Cause.MEMORY)
    assert not attempts.take_failed("one", Cause.TIMEOUT)


@pytest.mark.parametrize("cause", list(Cause))
def test_what_may_have_lacked_memory_is_tried_alone(cause: Cause):
    attempts = Attempts(1, frozenset(Cause))
    assert not attempts.must_be_alone("one")
    attempts.take_failed("one", cause)
    assert attempts.must_be_alone("one") == (cause in {Cause.MEMORY, Cause.SIGNAL})
