"""Loads plugins by entry point and checks what they declare."""

import importlib.metadata
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pluggy

from mkrefs.contract.combiner import Combiner
from mkrefs.contract.creator import Creator
from mkrefs.contract.hooks import PROJECT, Hooks
from mkrefs.contract.imtypes import IMTYPE_LETTERS, parse_imtypes
from mkrefs.contract.parameters import Parameters, ReferenceParameters
from mkrefs.contract.ramp import FIT_PRODUCTS, RAW
from mkrefs.errors import UserError


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a plugin comes from: entry-point name, distribution, version, and the hooks it implements."""

    plugin: str
    distribution: str
    version: str
    hooks: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True, slots=True)
class Plugins:
    """Everything the installed plugins offer.

    Attributes
    ----------
    creators : mapping of str to Creator class
        By reference label.
    combiners : mapping of str to Combiner class
        By name.
    origins : tuple of Origin
        One for each plugin.
    creator_origins, combiner_origins : mapping of str to Origin
        Where each creator and combiner comes from.
    """

    creators: Mapping[str, type[Creator]] = field(default_factory=dict)
    combiners: Mapping[str, type[Combiner]] = field(default_factory=dict)
    origins: tuple[Origin, ...] = ()
    creator_origins: Mapping[str, Origin] = field(default_factory=dict)
    combiner_origins: Mapping[str, Origin] = field(default_factory=dict)

    def creator(self, label: str) -> type[Creator]:
        """Give the creator of a label, or say which labels there are."""
        if label not in self.creators:
            raise UserError(
                f"No installed plugin makes '{label}'; installed labels are "
                f"{', '.join(sorted(self.creators))}."
            )
        return self.creators[label]

    def combiner(self, name: str) -> type[Combiner]:
        """Give the combiner of a name, or say which combiners there are."""
        if name not in self.combiners:
            raise UserError(
                f"No installed plugin has a combiner '{name}'; installed are "
                f"{', '.join(sorted(self.combiners))}."
            )
        return self.combiners[name]


def load_plugins(extra: Iterable[tuple[str, object]] = ()) -> Plugins:
    """Load all installed plugins.

    Parameters
    ----------
    extra : iterable of (name, module or object)
        Plugins that are not installed distributions, registered after those that are.

    Returns
    -------
    Plugins

    Raises
    ------
    UserError
        If a plugin implements an unknown hook, declares a creator or combiner incompletely, or uses a
        label or name that another plugin already has.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    manager.load_setuptools_entrypoints(PROJECT)
    for name, plugin in extra:
        manager.register(plugin, name=name)
    _refuse_unknown_hooks(manager)
    versions = _distributions(manager)
    creators: dict[str, tuple[type[Creator], Origin]] = {}
    combiners: dict[str, tuple[type[Combiner], Origin]] = {}
    origins = []
    for name, plugin in manager.list_name_plugin():
        if plugin is None:
            continue
        hooks = tuple(sorted(caller.name for caller in manager.get_hookcallers(plugin) or ()))
        origin = Origin(name, *versions.get(name, ("unpackaged", "0")), hooks)
        origins.append(origin)
        _collect_creators(plugin, origin, creators)
        _collect_combiners(plugin, origin, combiners)
    return Plugins(
        creators=MappingProxyType({label: entry[0] for label, entry in sorted(creators.items())}),
        combiners=MappingProxyType({name: entry[0] for name, entry in sorted(combiners.items())}),
        origins=tuple(sorted(origins, key=lambda origin: origin.plugin)),
        creator_origins=MappingProxyType({label: entry[1] for label, entry in creators.items()}),
        combiner_origins=MappingProxyType({name: entry[1] for name, entry in combiners.items()}),
    )


def _refuse_unknown_hooks(manager: pluggy.PluginManager) -> None:
    known = {name for name in vars(Hooks) if name.startswith("mkrefs_")}
    for name, plugin in manager.list_name_plugin():
        written = {member for member in dir(plugin) if member.startswith("mkrefs_")}
        marked = {member for member in written if hasattr(getattr(plugin, member), f"{PROJECT}_impl")}
        unknown = sorted(marked - known)
        if unknown:
            raise UserError(
                f"Plugin '{name}' implements the unknown hook {unknown[0]}; "
                f"the hooks are {', '.join(sorted(known))}: rename or remove it."
            )


def _distributions(manager: pluggy.PluginManager) -> dict[str, tuple[str, str]]:
    found = {}
    for plugin, distribution in manager.list_plugin_distinfo():
        name = manager.get_name(plugin)
        if name is not None:
            metadata: importlib.metadata.Distribution = distribution._dist  # noqa: SLF001 - pluggy has no other way
            found[name] = (metadata.metadata["Name"], metadata.version)
    return found


def _collect_creators(plugin: Any, origin: Origin, found: dict[str, tuple[type[Creator], Origin]]) -> None:
    if not hasattr(plugin, "mkrefs_creators"):
        return
    for creator in plugin.mkrefs_creators():
        _check_creator(creator, origin)
        _refuse_twice(creator.label, "label", origin, {label: entry[1] for label, entry in found.items()})
        found[creator.label] = (creator, origin)


def _collect_combiners(plugin: Any, origin: Origin, found: dict[str, tuple[type[Combiner], Origin]]) -> None:
    if not hasattr(plugin, "mkrefs_combiners"):
        return
    for combiner in plugin.mkrefs_combiners():
        where = f"Plugin '{origin.plugin}', combiner {getattr(combiner, '__name__', combiner)}"
        _check_declared(combiner, Combiner, ("name",), where)
        _check_parameters(combiner.Parameters, Parameters, where)
        _refuse_twice(combiner.name, "combiner", origin, {name: entry[1] for name, entry in found.items()})
        found[combiner.name] = (combiner, origin)


def _refuse_twice(name: str, kind: str, origin: Origin, taken: Mapping[str, Origin]) -> None:
    if name in taken:
        raise UserError(
            f"Plugins '{taken[name].plugin}' and '{origin.plugin}' both have the {kind} '{name}'; "
            "rename one of them or uninstall one of the plugins."
        )


def _check_creator(creator: type[Creator], origin: Origin) -> None:
    where = f"Plugin '{origin.plugin}', creator {getattr(creator, '__name__', creator)}"
    _check_declared(creator, Creator, ("label", "reftype", "imtypes", "ssbsteps", "unit", "measures"), where)
    _check_parameters(creator.Parameters, ReferenceParameters, where)
    if "*" not in creator.ssbsteps:
        raise UserError(f"{where}: ssbsteps has no entry '*' for the instruments it does not name; add one.")
    try:
        parse_imtypes(creator.imtypes)
    except UserError as error:
        raise UserError(f"{where}: {error}") from error
    allowed = (*FIT_PRODUCTS, RAW)
    for letter, names in creator.products.items():
        if letter not in IMTYPE_LETTERS or not set(names) <= set(allowed):
            raise UserError(
                f"{where}: products has the entry {letter!r}: {names!r}; give names among "
                f"{', '.join(allowed)} for the image types {', '.join(IMTYPE_LETTERS)}."
            )


def _check_declared(cls: type, base: type, names: tuple[str, ...], where: str) -> None:
    if not (inspect.isclass(cls) and issubclass(cls, base)):
        raise UserError(
            f"{where} is not a subclass of mkrefs.api.{base.__name__}; derive it from that class."
        )
    if inspect.isabstract(cls):
        missing = ", ".join(sorted(getattr(cls, "__abstractmethods__", ())))
        raise UserError(f"{where} does not define {missing}; define it.")
    absent = [name for name in names if not getattr(cls, name, None)]
    if absent:
        raise UserError(f"{where} does not declare {', '.join(absent)}; add it to the class.")
    if not cls.__doc__ or cls.__doc__ == base.__doc__:
        raise UserError(f"{where} has no docstring; say in it what it makes.")


def _check_parameters(declared: Any, base: type[Parameters], where: str) -> None:
    if not (inspect.isclass(declared) and issubclass(declared, base)):
        raise UserError(
            f"{where}: Parameters is not a subclass of mkrefs.api.{base.__name__}; derive it from that."
        )
    bare = [name for name, info in declared.model_fields.items() if not info.description]
    if bare:
        raise UserError(
            f"{where}: parameter '{bare[0]}' has no description; declare it with mkrefs.api.parameter()."
        )
    unitless = [name for name, info in declared.model_fields.items() if "unit" not in (_extra(info) or {})]
    if unitless:
        raise UserError(
            f"{where}: parameter '{unitless[0]}' has no unit; declare it with mkrefs.api.parameter()."
        )


def _extra(info: Any) -> dict[str, Any] | None:
    extra = info.json_schema_extra
    return extra if isinstance(extra, dict) else None
