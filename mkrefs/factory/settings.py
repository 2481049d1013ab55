"""Reads the configuration for a run, with everything the installed plugins declare."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mkrefs.config import Config, Overrides, load_config
from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import INSTRUMENTS, REFERENCE_TYPES
from mkrefs.planning.required_steps import parse_ssbsteps
from mkrefs.registry.plugins import Plugins


def read_config(
    main: Path | None,
    extra: Sequence[Path],
    overrides: Overrides,
    plugins: Plugins,
    *,
    reserved: Collection[str],
    requested: Collection[str],
) -> Config:
    """Read the configuration in force.

    Parameters
    ----------
    main, extra : Path
        The main file, if there is one, and what is laid over it.
    overrides : Overrides
        What the command line sets.
    plugins : Plugins
        What is installed.
    reserved, requested : collection of str
        Names no label may have, and the labels this run is asked for.

    Returns
    -------
    Config

    Raises
    ------
    mkrefs.config.ConfigError
        With everything that is wrong.
    """
    return load_config(
        main,
        extra=extra,
        overrides=overrides,
        creators=plugins.creators,
        corrections=plugins.corrections,
        combiners=plugins.combiners,
        checks=plugins.checks,
        reserved=reserved,
        requested=requested,
        check_steps=_check_steps,
    )


def known_labels(
    main: Path | None,
    extra: Sequence[Path],
    overrides: Overrides,
    plugins: Plugins,
    reserved: Collection[str],
) -> Mapping[str, str]:
    """Give the words that stand for labels: the labels themselves, and reference types with a default label.

    Returns
    -------
    mapping of str to str
        Label by word: those installed, those the configuration files speak of, and, under all names of its
        type, each of ``default_reflabels``. A label goes before a type of the same name.
    """
    # What is set everywhere may be a parameter of a label that is not known to be asked for yet.
    narrow = replace(overrides, everywhere=())
    config = read_config(main, extra, narrow, plugins, reserved=reserved, requested=())
    labels = {label: label for label in (*plugins.labels, *config.reflabels, *config.sections)}
    defaults = {
        word: label
        for reftype, label in config.default_reflabels.items()
        for word in (reftype, *REFERENCE_TYPES[reftype].aliases)
    }
    return {**defaults, **labels}


def _check_steps(text: str) -> None:
    """Accept ``ssbsteps`` that at least one instrument knows; planning checks those of the exposures."""
    errors = []
    for instrument in INSTRUMENTS:
        try:
            parse_ssbsteps(text, instrument)
        except UserError as error:
            errors.append(error)
        else:
            return
    raise errors[0]
