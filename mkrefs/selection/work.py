"""Carries out a selection job: has CRDS choose among the files layered over the context in force."""

from pathlib import Path

from mkrefs.crds_context import choose_references
from mkrefs.jobs.calibrating import SelectJob
from mkrefs.selection.selection_file import Selection, write_selection


def select(job: SelectJob) -> tuple[str, ...]:
    """Choose the reference files of all exposures of a job, and write down what was chosen.

    Parameters
    ----------
    job : SelectJob
        Exposures, reference types and the files to choose from.

    Returns
    -------
    tuple of str
        Notes: exposures for which the rules give a file of the context, not one of the layer.

    Raises
    ------
    UserError
        If there is no context, or CRDS cannot tell the files apart.
    """
    chosen = choose_references(
        job.crds,
        [Path(each.path) for each in job.sources],
        job.reftypes,
        layer=[Path(file) for file in job.files],
    )
    selection = {each.exposure: chosen[each.path] for each in job.sources}
    write_selection(Path(job.output), selection)
    return _notes(selection)


def _notes(selection: Selection) -> tuple[str, ...]:
    taken: dict[tuple[str, str], list[str]] = {}
    for exposure, choices in selection.items():
        for reftype, choice in choices.items():
            if choice.file and not choice.layered:
                taken.setdefault((reftype, choice.file), []).append(exposure)
    return tuple(
        f"by the rules of CRDS {', '.join(exposures)} {'gets' if len(exposures) == 1 else 'get'} {file} of "
        f"the context, not a {reftype} file that reffile4ssb names: a new file goes before it where "
        "detector, subarray and readpatt fit, and with a useafter that is not earlier than its own, nor "
        "later than the exposure"
        for (reftype, file), exposures in taken.items()
    )
