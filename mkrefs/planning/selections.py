"""Jobs that choose, for each detector's exposures, among reference files layered over the CRDS context."""

from collections.abc import Iterable, Mapping, Sequence

from mkrefs.jobs.job import CrdsState, ExposureFile, SelectJob
from mkrefs.planning.calibrations import Calibration, Layered
from mkrefs.planning.finals import Final
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
    """Plan the choice of reference files: one job for each detector and combination of layers.

    A job waits for the final files of its own detector alone, so that a detector whose files fail does not
    stop the others.

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
    groups: dict[tuple[str, str, Layered], dict[str, str]] = {}
    for each in wanted:
        if each.layered:
            members = groups.setdefault((each.instrument, each.detector, each.layered), {})
            members[each.exposure] = each.source.file
    selections: dict[tuple[str, Layered], SelectJob] = {}
    for (instrument, detector, layered), members in groups.items():
        made = [
            final
            for key in layered
            for final in finals.get(layers[key].maker, ())
            if final.may_serve(key[0], instrument, detector)
        ]
        existing = [file for key in layered for file in layers[key].files]
        output = layout.selection(detector, layered)
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
