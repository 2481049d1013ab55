"""That a file of the context was chosen, not one of the run's own, is told with what to do."""

from mkrefs.crds_context import Choice
from mkrefs.selection.work import _notes

OWN = Choice("/out/bias.fits", layered=True)
CONTEXTS = Choice("jwst_nircam_superbias_0001.fits")


def test_exposures_that_get_a_file_of_the_context_are_named_together():
    selection = {"e1": {"superbias": CONTEXTS}, "e2": {"superbias": OWN}, "e3": {"superbias": CONTEXTS}}
    (note,) = _notes(selection)
    assert "e1, e3 get jwst_nircam_superbias_0001.fits of the context" in note
    assert "a useafter that is not earlier than its own, nor later than the exposure" in note


def test_there_is_nothing_to_tell_of_the_runs_own_files():
    assert _notes({"e1": {"superbias": OWN}, "e2": {"superbias": Choice("", reason="n/a")}}) == ()
