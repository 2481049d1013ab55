"""What the top-level names of a configuration are, and whether they fit together and fit the plugins."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from mkrefs.config.batch import Batch
from mkrefs.config.labels import Labelled
from mkrefs.config.layers import is_window
from mkrefs.config.marks import Node
from mkrefs.config.problems import COMMAND_LINE, Problem, nearest
from mkrefs.config.schema import KNOWN_NAMES, SECTIONS, TopLevel, Window
from mkrefs.contract.creator import AnyCreator

_CLOSE = 0.8
_WITH_SCHEDULER = ("batch_enabled", "batchmode", "scheduler")


@dataclass(frozen=True, slots=True)
class TopNames:
    """The top-level entries the schema does not know by name.

    Attributes
    ----------
    windows : mapping of str to Node
        Sections named by an ``imtypes`` value.
    labels : mapping of str to Node
        Sections of labels, of installed creators or not.
    user : mapping of str to Node
        All other values: the user's own parameters.
    """

    windows: Mapping[str, Node]
    labels: Mapping[str, Node]
    user: Mapping[str, Node]


def sort_names(root: Node, creators: Collection[str]) -> TopNames:
    """Tell windows, sections of labels and the user's own parameters apart."""
    windows: dict[str, Node] = {}
    labels: dict[str, Node] = {}
    user: dict[str, Node] = {}
    for name, node in root.entries.items():
        if name in KNOWN_NAMES:
            continue
        if is_window(name):
            windows[name] = node
        elif name in creators or node.is_mapping:
            labels[name] = node
        else:
            user[name] = node
    return TopNames(windows, labels, user)


def cross_checks(
    root: Node,
    top: TopLevel,
    names: TopNames,
    installed: Mapping[str, Labelled],
    *,
    reserved: Collection[str],
    requested: Collection[str],
) -> Iterator[Problem]:
    """Find what is wrong between one place and another: names, plugins and what is asked for."""
    creators = {label: each for label, each in installed.items() if issubclass(each, AnyCreator)}
    yield from _label_names(root, top, names, installed, reserved)
    yield from _requested(names, installed, requested)
    yield from _reference_types(root, top, creators, requested)


def _label_names(
    root: Node, top: TopLevel, names: TopNames, creators: Collection[str], reserved: Collection[str]
) -> Iterator[Problem]:
    """Find labels that have the name of a sub-command or of a known section."""
    command = "is the name of a sub-command of mkrefs, which no label may have; give the label another name"
    used = dict(names.labels)
    for label in (*top.reflabels, *top.default_reflabels.values()):
        used.setdefault(label, _where(root, "reflabels" if label in top.reflabels else "default_reflabels"))
    for label, node in used.items():
        if label in reserved:
            yield node.problem(label, command)
    for label in creators:
        if label in KNOWN_NAMES or is_window(label):
            message = "is the name of a section of the configuration, which no label may have"
            yield Problem("installed plugins", 0, label, message)
        elif label in reserved and label not in used:
            yield Problem("installed plugins", 0, label, command)


def _requested(names: TopNames, creators: Collection[str], requested: Collection[str]) -> Iterator[Problem]:
    """Find labels that are asked for and not installed."""
    installed = ", ".join(sorted(creators)) or "none"
    for label in requested:
        if label in creators:
            continue
        section = f" has a section ({names.labels[label].where})" if label in names.labels else ""
        near = nearest(label, creators)
        hint = f"did you mean '{near}', or " if near else ""
        middle = f"{section} but no installed plugin provides it" if section else " is not installed"
        message = f"label '{label}'{middle}; installed: {installed}; {hint}install a plugin that provides it"
        yield Problem(COMMAND_LINE, 0, "", message)


def _reference_types(
    root: Node, top: TopLevel, creators: Mapping[str, type[AnyCreator]], requested: Collection[str]
) -> Iterator[Problem]:
    """Find labels whose reference type the configuration rules out, or takes for another."""
    for reftype, label in top.default_reflabels.items():
        if label in creators and creators[label].reftype != reftype:
            node = root.nearest(("default_reflabels", reftype))[0]
            made = creators[label].reftype
            yield node.problem(f"default_reflabels.{reftype}", f"'{label}' makes {made} files, not {reftype}")
    if not top.reftypes:
        return
    for label in dict.fromkeys((*top.reflabels, *requested)):
        if label in creators and creators[label].reftype not in top.reftypes:
            made = creators[label].reftype
            message = f"lacks {made}, which label '{label}' makes; add it, or leave the key out to allow all"
            yield _where(root, "reftypes").problem("reftypes", message)


def batch_problems(root: Node, batch: Batch, found: Collection[Problem]) -> Iterator[Problem]:
    """Find a scheduler that is named for a batch system, which starts its own, or that is missing for dask.

    Parameters
    ----------
    root : Node
        The merged configuration.
    batch : Batch
        Its section ``batch``; wrong values are at their defaults.
    found : collection of Problem
        What is wrong with single keys; of these nothing more is said.

    Yields
    ------
    Problem
    """
    if {problem.key for problem in found} & {f"batch.{key}" for key in _WITH_SCHEDULER}:
        return
    if batch.scheduler and batch.batchmode != "dask":
        why = f"is for batchmode dask, and batchmode is {batch.batchmode}, which has a scheduler of its own"
        message = f"{why}; leave it empty, or set batchmode to dask"
        yield root.nearest(("batch", "scheduler"))[0].problem("batch.scheduler", message)
    elif batch.batch_enabled and batch.batchmode == "dask" and not batch.scheduler:
        allowed = "the address of a scheduler that runs, such as tcp://host:8786, or its scheduler file"
        message = f"batchmode dask needs it; give {allowed}"
        yield root.nearest(("batch", "batchmode"))[0].problem("batch.scheduler", message)


def name_warnings(top: TopLevel, names: TopNames, creators: Collection[str]) -> Iterator[str]:
    """Say which top-level names look like a slip for a known one."""
    for name, node in names.user.items():
        yield from _slip(name, node, KNOWN_NAMES, "is taken as a parameter of your own")
    for name, node in names.labels.items():
        if name in creators:
            continue
        if name not in top.reflabels:
            meaning = "is taken as the section of a label that no installed plugin provides"
            yield from _slip(name, node, (*KNOWN_NAMES, *creators), meaning)
        for key in Window.model_fields.keys() & node.entries.keys():
            yield f"{node.entries[key].where}: {key}: belongs in a section named by imtypes, such as DD"


def _slip(name: str, node: Node, known: Collection[str], meaning: str) -> Iterator[str]:
    near = nearest(name, known, _CLOSE)
    home = [section for section, model in SECTIONS.items() if name in model.model_fields]
    if home:
        yield f"{node.where}: {name}: {meaning}; the key of this name belongs in the section '{home[0]}'"
    elif near:
        yield f"{node.where}: {name}: {meaning}; did you mean '{near}'?"


def _where(root: Node, key: str) -> Node:
    return root.entries.get(key, root)
