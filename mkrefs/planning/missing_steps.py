"""Works out from a product's history which steps are still missing, or why it cannot be used."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mkrefs.instruments.exposure_header import Header, present
from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS, SKIPPED_BY_DEFAULT, STEP_REFERENCES, step_order
from mkrefs.instruments.products import OTHER_IMAGES, last_image_step, product_kind
from mkrefs.planning.required_steps import SLOPE_STEP, RequiredSteps


@dataclass(frozen=True, slots=True)
class CalibrationState:
    """What a product of an exposure has been through.

    Attributes
    ----------
    file : str
        Path of the product.
    statuses : mapping of str to str
        COMPLETE, SKIPPED or FAILED by step; steps without a keyword are absent.
    """

    file: str
    statuses: Mapping[str, str]

    @property
    def complete(self) -> frozenset[str]:
        """The steps that are done."""
        return frozenset(step for step, status in self.statuses.items() if status == "COMPLETE")


def state_of(row: Header) -> CalibrationState:
    """Give what the product in one catalog row has been through.

    An image whose header says nothing of it has slopes fitted all the same.
    """
    told = ((step, keyword) for step, keyword in DONE_KEYWORDS.items() if row.get(keyword) is not None)
    statuses = {step: str(row[keyword]) for step, keyword in told if present(row, keyword) is not None}
    if last_step_of(row) or product_kind(str(row.get("product") or "")) in OTHER_IMAGES:
        statuses.setdefault(SLOPE_STEP, "COMPLETE")
    return CalibrationState(file=str(row["file"]), statuses=statuses)


def last_step_of(row: Header) -> str:
    """Tell which step made the image in a catalog row; empty if it holds a ramp."""
    return last_image_step(
        str(present(row, "product") or ""),
        int(present(row, "axes") or 0),
        str(present(row, "DATAMODL") or ""),
        str(present(row, "BUNIT") or ""),
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """A product that cannot be brought into the required state, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """A product from which the required state can be reached by running ``missing``, in order."""

    file: str
    done: tuple[str, ...]
    missing: tuple[str, ...]


def assess(
    state: CalibrationState, required: RequiredSteps, instrument: str, overridden: Collection[str] = ()
) -> Source | Refusal:
    """Tell how to bring one product into the required state.

    No step can be taken back, none may run twice, and none may run before one that is already done.

    Parameters
    ----------
    state : CalibrationState
        What the product has been through.
    required : RequiredSteps
        The state asked for.
    instrument : str
        Decides the order of the steps.
    overridden : collection of str
        Reference types for which another file than CRDS's is asked for: a step that takes one of them must
        not be done yet, as nothing tells with which file it was.

    Returns
    -------
    Source or Refusal
    """
    order, complete = step_order(instrument), state.complete
    done = tuple(step for step in order if step in complete)
    surplus = [step for step in done if step not in required.steps]
    if surplus:
        return Refusal(state.file, f"{', '.join(surplus)} already done, which ssbsteps does not ask for")
    fixed = [step for step in done if set(STEP_REFERENCES.get(step, ())) & set(overridden)]
    if fixed:
        return Refusal(
            state.file, f"{', '.join(fixed)} already done, without the files that reffile4ssb names"
        )
    failed = [step for step in required.steps if state.statuses.get(step) == "FAILED"]
    if failed:
        return Refusal(state.file, f"{', '.join(failed)} failed when the pipeline ran")
    missing = [step for step in required.steps if step not in done]
    if done:
        passed = order.index(done[-1])
        late = [step for step in missing if order.index(step) < passed]
        blocked = [step for step in late if not _may_be_absent(step, state, required)]
        if blocked:
            return Refusal(state.file, f"{', '.join(blocked)} missing although {done[-1]} is done")
        missing = [step for step in missing if step not in late]
    return Source(state.file, done, tuple(missing))


def choose_source(
    states: Sequence[CalibrationState],
    required: RequiredSteps,
    instrument: str,
    overridden: Collection[str] = (),
) -> Source | tuple[Refusal, ...]:
    """Choose, among the products of one exposure, the one that needs the fewest steps.

    Returns
    -------
    Source or tuple of Refusal
        The refusals of all products when none can be used.
    """
    verdicts = [assess(state, required, instrument, overridden) for state in states]
    sources = [verdict for verdict in verdicts if isinstance(verdict, Source)]
    if sources:
        return min(sources, key=lambda source: len(source.missing))
    return tuple(verdict for verdict in verdicts if isinstance(verdict, Refusal))


def _may_be_absent(step: str, state: CalibrationState, required: RequiredSteps) -> bool:
    """Tell whether a step is not missing because the pipeline itself left it out; one asked for by name is.

    Whether groups are scaled depends on the header alone, so that a scaling that was left out was not needed.
    """
    if step == "group_scale" and state.statuses.get(step) == "SKIPPED":
        return True
    if step not in required.optional:
        return False
    return step in SKIPPED_BY_DEFAULT or state.statuses.get(step) == "SKIPPED"
