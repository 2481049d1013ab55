"""The section of a label: the engine's keys and the parameters of what has it, validated together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel

from mkrefs.config.check_limits import LimitReader
from mkrefs.config.marks import Node
from mkrefs.config.problems import Place, Problem, did_you_mean
from mkrefs.config.schema import TESTS, CorrectionKeys, LabelKeys, TopLevel
from mkrefs.config.validate import validate
from mkrefs.contract.checks import Limits, merged_limits
from mkrefs.contract.combiner import Combiner
from mkrefs.contract.creator import AnyCreator, ImageCreator
from mkrefs.contract.image_correction import ImageCorrection
from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.contract.parameters import Parameters
from mkrefs.errors import UserError

Keys = TypeVar("Keys", bound=CorrectionKeys)

#: What has a label.
Labelled = type[AnyCreator] | type[ImageCorrection]


def engine_keys(declared: Labelled) -> tuple[str, ...]:
    """Name the engine's keys that the section of a label may have."""
    model = CorrectionKeys if issubclass(declared, ImageCorrection) else LabelKeys
    return tuple(model.model_fields)


@dataclass(frozen=True, slots=True)
class CorrectionSettings:
    """How one correction runs: what every label has.

    Attributes
    ----------
    label : str
        The label.
    imtypes : str
        What one group is made of, in the canonical spelling.
    ssbsteps : str or None
        Pipeline steps that must be complete on the inputs; None for the label's own by instrument.
    save_steps : tuple of str or None
        Pipeline steps whose products are kept too; None for those of the section ``output``.
    images_from : str
        The correction whose images are taken in place of the exposures' own; empty for none.
    images_place : Place
        Where it was given.
    reffile4ssb : mapping of str to str
        ``CRDS``, ``SELF`` or a file by reference type: the main section's with the label's over it.
    reference_places : mapping of str to Place
        Where these were given.
    parameters : BaseModel
        An instance of the ``Parameters`` of the creator or correction.
    """

    label: str
    imtypes: str
    ssbsteps: str | None
    save_steps: tuple[str, ...] | None
    images_from: str
    images_place: Place
    reffile4ssb: Mapping[str, str]
    reference_places: Mapping[str, Place]
    parameters: BaseModel


@dataclass(frozen=True, slots=True)
class LabelSettings(CorrectionSettings):
    """How one creator runs.

    Attributes
    ----------
    reftype : str
        CRDS reference type of the product.
    combiner : str
        Name of the combiner of the final file.
    combiner_parameters : Parameters
        Its parameters.
    limits : mapping of str to mapping of str to object
        Limits of checks, by check: the creator's, over them those for its type, and over these the label's.
    tests : tuple of str
        The tests of `TESTS` that its final files undergo: as the label says, or else the top level.
    verify : float
        Share of the exposures that is held back for verification, likewise.
    """

    reftype: str
    combiner: str
    combiner_parameters: Parameters
    tests: tuple[str, ...]
    verify: float
    limits: Limits


@dataclass(frozen=True, slots=True)
class LabelReader:
    """Reads the sections of labels; holds what they all refer to.

    Attributes
    ----------
    combiners : mapping of str to Combiner class
        The installed combiners.
    check_steps : callable or None
        Raises `UserError` if ``ssbsteps`` names steps that do not exist.
    top : TopLevel
        The top-level keys, which hold where a label says nothing.
    reference_places : mapping of str to Place
        Where its values were given.
    limit_reader : LimitReader
        Reads the limits of checks.
    type_limits : mapping of str to mapping
        Those of the main section, by reference type.
    """

    combiners: Mapping[str, type[Combiner]]
    check_steps: Callable[[str], None] | None
    top: TopLevel
    reference_places: Mapping[str, Place]
    limit_reader: LimitReader
    type_limits: Mapping[str, Limits]

    def read(self, creator: type[AnyCreator], node: Node) -> tuple[LabelSettings | None, list[Problem]]:
        """Read the section of a creator; give the settings, or None and all that is wrong."""
        keys, inputs, problems = self._inputs(LabelKeys, creator, node)
        if keys is None:
            return None, problems
        problems += [*_reftype_problems(keys, creator, node), *_images_problems(keys, creator, node)]
        combiner = keys.combiner or creator.combiner
        combiner_parameters = self._combiner_parameters(combiner, node, creator.label, problems)
        limits = self._limits(creator, node, problems)
        if inputs is None or problems:
            return None, problems
        settings = LabelSettings(
            **{each.name: getattr(inputs, each.name) for each in fields(inputs)},
            reftype=creator.reftype,
            combiner=combiner,
            combiner_parameters=combiner_parameters,
            tests=_tests(keys, self.top),
            verify=self.top.verify if keys.verify is None else keys.verify,
            limits=limits,
        )
        return settings, []

    def read_correction(
        self, correction: type[ImageCorrection], node: Node
    ) -> tuple[CorrectionSettings | None, list[Problem]]:
        """Read the section of a correction; give the settings, or None and all that is wrong."""
        _, settings, problems = self._inputs(CorrectionKeys, correction, node)
        return (None, problems) if problems else (settings, [])

    def _inputs(
        self, model: type[Keys], declared: Labelled, node: Node
    ) -> tuple[Keys | None, CorrectionSettings | None, list[Problem]]:
        """Read what every label has; without keys the section is none at all."""
        label = declared.label
        if node.value is not None and not node.is_mapping:
            return None, None, validate(model, node, label)[1]
        engine = {key: node.entries[key] for key in model.model_fields if key in node.entries}
        if "reffile4ssb" in engine:
            engine["reffile4ssb"] = engine["reffile4ssb"].without_empty()
        own = {key: entry for key, entry in node.entries.items() if key not in engine}
        keys, problems = validate(model, replace(node, value=engine), label)
        beside = [key for key in model.model_fields if key not in declared.Parameters.model_fields]
        parameters, found = validate(declared.Parameters, replace(node, value=own), label, also=beside)
        problems += found
        keys = keys or model()
        imtypes = _imtypes(keys.imtypes or declared.imtypes, node, label, problems)
        self._check_steps(keys.ssbsteps, node, label, problems)
        if parameters is None:
            return keys, None, problems
        settings = CorrectionSettings(
            label=label,
            imtypes=imtypes,
            ssbsteps=keys.ssbsteps,
            save_steps=keys.ssb_save_steps,
            images_from=keys.images_from or "",
            images_place=_place(node, label, "images_from"),
            reffile4ssb=MappingProxyType({**self.top.reffile4ssb, **keys.reffile4ssb}),
            reference_places=MappingProxyType({**self.reference_places, **reference_places(node, label)}),
            parameters=parameters,
        )
        return keys, settings, problems

    def _limits(self, creator: type[AnyCreator], node: Node, problems: list[Problem]) -> Limits:
        """Give the limits of checks for the files of a label."""
        own: Limits = {}
        if "checks" in node.entries:
            own, found = self.limit_reader.read(
                node.entries["checks"], f"{creator.label}.checks", creator.reftype
            )
            problems += found
        of_type = self.type_limits.get(creator.reftype, {})
        return MappingProxyType(merged_limits(creator.checks, of_type, own))

    def _check_steps(self, steps: str | None, node: Node, label: str, problems: list[Problem]) -> None:
        if steps is None or self.check_steps is None:
            return
        try:
            self.check_steps(steps)
        except UserError as error:
            problems.append(_at(node, "ssbsteps").problem(f"{label}.ssbsteps", str(error)))

    def _combiner_parameters(self, name: str, node: Node, label: str, problems: list[Problem]) -> Parameters:
        """Validate the combiner and its parameters; a combiner nobody was asked about has none."""
        if self.combiners and name not in self.combiners:
            message = f"there is no combiner '{name}'; {did_you_mean(name, sorted(self.combiners))}"
            problems.append(_at(node, "combiner").problem(f"{label}.combiner", message))
            return Parameters()
        model = self.combiners[name].Parameters if name in self.combiners else Parameters
        given = node.entries.get("combiner_parameters", replace(node, value=None))
        value, found = validate(model, given, f"{label}.combiner_parameters")
        problems += found
        return value or Parameters()


def reference_places(node: Node, label: str = "", section: str = "reffile4ssb") -> dict[str, Place]:
    """Give where the values of a section whose keys are reference types were given, by reference type."""
    key = f"{label}.{section}" if label else section
    given = node.entries[section].entries if section in node.entries else {}
    return {reftype: Place(entry.source, entry.line, f"{key}.{reftype}") for reftype, entry in given.items()}


def _tests(keys: LabelKeys, top: TopLevel) -> tuple[str, ...]:
    """Name the tests that are on; what the label says goes before the top level."""
    settings = {test: getattr(keys, test) for test in TESTS}
    return tuple(test for test, own in settings.items() if (getattr(top, test) if own is None else own))


def _at(node: Node, key: str) -> Node:
    return node.entries.get(key, node)


def _place(node: Node, label: str, key: str) -> Place:
    entry = _at(node, key)
    return Place(entry.source, entry.line, f"{label}.{key}")


def _images_problems(keys: LabelKeys, creator: type[AnyCreator], node: Node) -> list[Problem]:
    if keys.images_from is None or issubclass(creator, ImageCreator):
        return []
    message = f"{creator.label} measures ramps and takes no images; leave the key out"
    return [_at(node, "images_from").problem(f"{creator.label}.images_from", message)]


def _reftype_problems(keys: LabelKeys, creator: type[AnyCreator], node: Node) -> list[Problem]:
    if keys.reftype in (None, creator.reftype):
        return []
    message = f"{creator.label} makes {creator.reftype} files; write {creator.reftype} or leave the key out"
    return [_at(node, "reftype").problem(f"{creator.label}.reftype", message)]


def _imtypes(text: str, node: Node, label: str, problems: list[Problem]) -> str:
    try:
        return parse_imtypes(text).canonical
    except UserError as error:
        problems.append(_at(node, "imtypes").problem(f"{label}.imtypes", str(error)))
        return text
