"""Turns what all creators ask of the pipeline into passes: one for each exposure wherever states nest."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from mkrefs.jobs.calibrating import CalibrateJob, Product, SelectJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.planning.missing_steps import Source
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.required_steps import LEFT_TO_PARAMETERS, RequiredSteps

_NO_SELECTIONS: Mapping[tuple[str, "Layered"], SelectJob] = MappingProxyType({})

#: Reference types whose files are chosen by CRDS's rules, each with the name of where they come from.
Layered = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """One exposure in one state: a value, so that two creators that need the same one share it.

    Attributes
    ----------
    exposure : str
        Name of the exposure.
    source : Source
        The product to start from and the steps it still needs.
    required : RequiredSteps
        The state to reach.
    instrument, detector, readpatt : str
        Of the exposure.
    overrides : tuple of (str, str)
        Reference files by type that take the place of CRDS's.
    layered : tuple of (str, str)
        Reference types of which a `SelectJob` chooses the file, and from where.
    images : tuple of str
        Of slopes: which of the fit's products are wanted.
    """

    exposure: str
    source: Source
    required: RequiredSteps
    instrument: str
    detector: str
    readpatt: str
    overrides: tuple[tuple[str, str], ...] = ()
    layered: Layered = ()
    images: tuple[str, ...] = ()

    def up_to(self, step: str) -> "Calibration":
        """Give the calibration that ends after an earlier one of the missing steps."""
        required = self.required.up_to(step)
        missing = self.source.missing[: self.source.missing.index(step) + 1]
        return replace(
            self,
            required=required,
            source=replace(self.source, missing=missing),
            overrides=_taken(self.overrides, required),
            images=(),
        )


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Where a calibration's product will be, and the job that makes it (empty when it is there already).

    Attributes
    ----------
    path : str
        The product.
    job : str
        The job.
    images : mapping of str to str
        Of slopes: the files by name.
    """

    path: str
    job: str = ""
    images: Mapping[str, str] = field(default_factory=dict)


def plan_calibrations(
    wanted: Iterable[Calibration],
    layout: RunLayout,
    crds: CrdsState,
    selections: Mapping[tuple[str, Layered], SelectJob] = _NO_SELECTIONS,
) -> tuple[tuple[CalibrateJob, ...], Mapping[Calibration, Calibrated]]:
    """Plan the pipeline passes for all calibrations that creators ask for.

    Parameters
    ----------
    wanted : iterable of Calibration
        May repeat itself.
    layout : RunLayout
        Names the products.
    crds : CrdsState
        Where references come from.
    selections : mapping of (exposure, layers) to SelectJob
        What chooses the reference files of calibrations with layers.

    Returns
    -------
    tuple of CalibrateJob
        In the order of first request.
    mapping of Calibration to Calibrated
        For every calibration wanted.
    """
    distinct = list(dict.fromkeys(wanted))
    passes = _passes(distinct)
    order = {calibration: place for place, calibration in enumerate(distinct)}
    passes.sort(key=lambda members: min(order[member] for member in members))
    results: dict[Calibration, Calibrated] = {}
    jobs: list[CalibrateJob] = []
    for members in passes:
        if not members[0].source.missing:
            results |= {member: Calibrated(member.source.file) for member in members}
            continue
        selection = selections.get((members[0].exposure, members[0].layered))
        job = _job(members, layout, crds, selection, number=len(jobs))
        jobs.append(job)
        products = {product.steps: product for product in job.products}
        for member in members:
            missing = member.source.missing
            results[member] = (
                _calibrated(member, products[missing], job) if missing else Calibrated(member.source.file)
            )
    return tuple(jobs), results


def _passes(distinct: Sequence[Calibration]) -> list[list[Calibration]]:
    """Put together what one pass of the pipeline can do; the longest calibration of each comes first."""
    by_source: defaultdict[tuple[str, str], list[list[Calibration]]] = defaultdict(list)
    for calibration in sorted(distinct, key=lambda item: len(item.source.missing), reverse=True):
        homes = by_source[calibration.exposure, calibration.source.file]
        home = next((one for one in homes if _fits(calibration, one[0])), None)
        if home is None:
            homes.append([calibration])
        else:
            home.append(calibration)
    return [members for homes in by_source.values() for members in homes]


def _calibrated(member: Calibration, product: Product, job: CalibrateJob) -> Calibrated:
    files = {"rate": product.path, **product.details}
    return Calibrated(product.path, job.id, {name: files[name] for name in member.images})


def _fits(short: Calibration, long: Calibration) -> bool:
    """Tell whether the state of ``short`` is passed through on the way to that of ``long``, from one file.

    The layers must be the same: what the one waits for may be made from the other.

    A range leaves it to the pipeline's parameters whether some steps run. Where one of these is the last of
    ``short``, and so must run, the two are different calibrations.
    """
    state = long.required
    if short.required.last in state.steps:
        state = state.up_to(short.required.last)
    alike = (
        (short.required.explicit, short.required.planes) == (state.explicit, state.planes)
        and short.overrides == _taken(long.overrides, short.required)
        and short.layered == long.layered
    )
    missing, last = short.source.missing, short.required.last
    must_run = last not in short.required.optional
    certain = not (must_run and last in long.required.optional and last in LEFT_TO_PARAMETERS)
    return alike and certain and long.source.missing[: len(missing)] == missing


def _taken(references: tuple[tuple[str, str], ...], required: RequiredSteps) -> tuple[tuple[str, str], ...]:
    """Give those of a calibration's reference files that a state on the way to it takes."""
    return tuple((reftype, source) for reftype, source in references if reftype in required.references)


def _job(
    members: list[Calibration], layout: RunLayout, crds: CrdsState, selection: SelectJob | None, number: int
) -> CalibrateJob:
    longest = members[0]
    states: dict[tuple[str, ...], list[Calibration]] = {}
    for member in sorted(members, key=lambda item: len(item.source.missing)):
        if member.source.missing:
            states.setdefault(member.source.missing, []).append(member)
    return CalibrateJob(
        id=f"calibrate-{number + 1}-{longest.exposure}",
        exposure=longest.exposure,
        source=longest.source.file,
        steps=longest.source.missing,
        products=tuple(_product(steps, alike, layout) for steps, alike in states.items()),
        optional=tuple(step for step in longest.source.missing if step in longest.required.optional),
        overrides=dict(longest.overrides),
        crds=crds,
        instrument=longest.instrument,
        detector=longest.detector,
        planes=longest.required.planes,
        selection=selection.output if selection else "",
        selected=selection.reftypes if selection else (),
        needs=(selection.id,) if selection else (),
    )


def _product(steps: tuple[str, ...], alike: list[Calibration], layout: RunLayout) -> Product:
    """Give the files of one state, with all that any of the calibrations wants of it."""
    one = alike[0]
    path = layout.product(one.exposure, one.required, dict(one.overrides), one.layered)
    wanted = {name for member in alike for name in member.images} - {"rate"}
    details = {name: str(path.with_name(f"{one.exposure}_{name}.fits")) for name in sorted(wanted)}
    return Product(steps, str(path), details)
