"""The section of a label: the engine's keys and the creator's own parameters, validated together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from pydantic import BaseModel

from mkrefs.config.check_limits import LimitReader
from mkrefs.config.marks import Node
from mkrefs.config.problems import Place, Problem, did_you_mean
from mkrefs.config.schema import TESTS, LabelKeys, TopLevel
from mkrefs.config.validate import validate
from mkrefs.contract.checks import Limits, merged_limits
from mkrefs.contract.combiner import Combiner
from mkrefs.contract.creator import Creator
from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.contract.parameters import Parameters
from mkrefs.errors import UserError

ENGINE_KEYS = tuple(LabelKeys.model_fields)


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """How one label runs.

    Attributes
    ----------
    label : str
        The label.
    reftype : str
        CRDS reference type of the product.
    imtypes : str
        What one group is made of, in the canonical spelling.
    ssbsteps : str or None
        Pipeline steps that must be complete on the inputs; None for the creator's own by instrument.
    save_steps : tuple of str or None
        Pipeline steps whose products are kept too; None for those of the section ``output``.
    combiner : str
        Name of the combiner of the final file.
    combiner_parameters : Parameters
        Its parameters.
    reffile4ssb : mapping of str to str
        ``CRDS``, ``SELF`` or a file by reference type: the main section's with the label's over it.
    reference_places : mapping of str to Place
        Where these were given.
    limits : mapping of str to mapping of str to object
        Limits of checks, by check: the creator's, over them those for its type, and over these the label's.
    tests : tuple of str
        The tests of `TESTS` that its final files undergo: as the label says, or else the top level.
    verify : float
        Share of the exposures that is held back for verification, likewise.
    parameters : BaseModel
        An instance of the creator's ``Parameters``.
    """

    label: str
    reftype: str
    imtypes: str
    ssbsteps: str | None
    save_steps: tuple[str, ...] | None
    combiner: str
    combiner_parameters: Parameters
    reffile4ssb: Mapping[str, str]
    reference_places: Mapping[str, Place]
    tests: tuple[str, ...]
    verify: float
    parameters: BaseModel
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

    def read(self, creator: type[Creator], node: Node) -> tuple[LabelSettings | None, list[Problem]]:
        """Read one section; give the settings, or None and all that is wrong."""
        label = creator.label
        if node.value is not None and not node.is_mapping:
            return None, validate(LabelKeys, node, label)[1]
        engine = {key: node.entries[key] for key in ENGINE_KEYS if key in node.entries}
        if "reffile4ssb" in engine:
            engine["reffile4ssb"] = engine["reffile4ssb"].without_empty()
        own = {key: entry for key, entry in node.entries.items() if key not in engine}
        keys, problems = validate(LabelKeys, replace(node, value=engine), label)
        parameters, found = validate(
            creator.Parameters, replace(node, value=own), label, also=_engine_keys_beside(creator)
        )
        problems += found
        keys = keys or LabelKeys()
        problems += _reftype_problems(keys, creator, node)
        imtypes = _imtypes(keys.imtypes or creator.imtypes, node, label, problems)
        self._check_steps(keys.ssbsteps, node, label, problems)
        combiner = keys.combiner or creator.combiner
        combiner_parameters = self._combiner_parameters(combiner, node, label, problems)
        limits = self._limits(creator, node, problems)
        if parameters is None or problems:
            return None, problems
        references = MappingProxyType({**self.top.reffile4ssb, **keys.reffile4ssb})
        places = {**self.reference_places, **reference_places(node, label)}
        return (
            LabelSettings(
                label=label,
                reftype=creator.reftype,
                imtypes=imtypes,
                ssbsteps=keys.ssbsteps,
                save_steps=keys.ssb_save_steps,
                combiner=combiner,
                combiner_parameters=combiner_parameters,
                reffile4ssb=references,
                reference_places=MappingProxyType(places),
                tests=_tests(keys, self.top),
                verify=self.top.verify if keys.verify is None else keys.verify,
                parameters=parameters,
                limits=limits,
            ),
            [],
        )

    def _limits(self, creator: type[Creator], node: Node, problems: list[Problem]) -> Limits:
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


def _engine_keys_beside(creator: type[Creator]) -> list[str]:
    return [key for key in ENGINE_KEYS if key not in creator.Parameters.model_fields]


def _at(node: Node, key: str) -> Node:
    return node.entries.get(key, node)


def _reftype_problems(keys: LabelKeys, creator: type[Creator], node: Node) -> list[Problem]:
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
