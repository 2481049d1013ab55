"""The hooks through which plugins enter, official ones and strangers' alike."""

from collections.abc import Sequence

import pluggy

from mkrefs.contract.checks import Check
from mkrefs.contract.combiner import Combiner
from mkrefs.contract.creator import AnyCreator
from mkrefs.contract.image_correction import ImageCorrection

PROJECT = "mkrefs"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """The hook specifications."""

    @hookspec
    def mkrefs_creators(self) -> Sequence[type[AnyCreator]]:
        """Give the creator classes of this plugin.

        Returns
        -------
        sequence of Creator classes
            Each class's ``label`` becomes a word of the command line.
        """
        raise AssertionError("a specification is never called")

    @hookspec
    def mkrefs_combiners(self) -> Sequence[type[Combiner]]:
        """Give the combiner classes of this plugin.

        Returns
        -------
        sequence of Combiner classes
            Each class's ``name`` may be given as a label's ``combiner``.
        """
        raise AssertionError("a specification is never called")

    @hookspec
    def mkrefs_checks(self) -> Sequence[type[Check]]:
        """Give the check classes of this plugin.

        Returns
        -------
        sequence of Check classes
            Each is made of all files of its reference types, under its ``name``.
        """
        raise AssertionError("a specification is never called")

    @hookspec
    def mkrefs_corrections(self) -> Sequence[type[ImageCorrection]]:
        """Give the classes of this plugin that correct calibrated images.

        Returns
        -------
        sequence of ImageCorrection classes
            Each class's ``label`` becomes a word of the command line; no creator may have the same.
        """
        raise AssertionError("a specification is never called")
