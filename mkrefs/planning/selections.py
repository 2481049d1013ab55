"""Jobs that choose, for exposures of one kind, among reference files layered over the CRDS context."""

from collections.abc import Iterable, Mapping, Sequence

from mkrefs.jobs.calibrating import ExposureFile, SelectJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.planning.calibrations import Calibration, Layered
from mkrefs.planning.finals import Final, told_apart
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.request import Layer

#: The selection for an exposure: by its name, and by what is chosen and from where.
Selections = Mapping[tuple[str, Layered], SelectJob]


def plan_selections(
    wanted: Iterable[Calibration],
    layers: Mapping[tuple[str, str], Layer],
    finals: Mapping[str, Sequence[Final]],
    layout: RunLayout,
    crds: CrdsState,
) -> Selections:
    """Plan the choice of reference files: one job for each detector, read pattern and combination of layers.

    A job waits for the final files of its own detector alone, so that a detector whose files fail does not
    stop the others. Of files that CRDS could not tell apart, those of the exposures' own read pattern are
    layered.

    Parameters
    ----------
    wanted : iterable of Calibration
        The calibrations; those without layers need no choice.
    layers : mapping of (str, str) to Layer
        The files to choose from, by reference type and name of their source.
    finals : mapping of str to sequence of Final
        By label, what this run makes.
    layout : RunLayout
        Names the files.
    crds : CrdsState
        The context in force.

    Returns
    -------
    mapping of (exposure, layers) to SelectJob
    """
    groups: dict[tuple[str, str, str, Layered], dict[str, str]] = {}
    for each in wanted:
        if each.layered:
            kind = (each.instrument, each.detector, each.readpatt, each.layered)
            groups.setdefault(kind, {})[each.exposure] = each.source.file
    selections: dict[tuple[str, Layered], SelectJob] = {}
    for (instrument, detector, readpatt, layered), members in groups.items():
        able = (
            final
            for key in layered
            for final in finals.get(layers[key].maker, ())
            if final.may_serve(instrument, detector)
        )
        made = list(told_apart(able, readpatt))
        existing = [file for key in layered for file in layers[key].files]
        output = layout.selection(f"{detector}-{readpatt}", layered)
        job = SelectJob(
            id=f"select-{output.stem}",
            sources=tuple(ExposureFile(exposure, file) for exposure, file in sorted(members.items())),
            reftypes=tuple(reftype for reftype, _ in layered),
            files=(*existing, *(str(final.output) for final in made)),
            output=str(output),
            needs=tuple(final.job for final in made),
            crds=crds,
        )
        selections |= {(exposure, layered): job for exposure in members}
    return selections
