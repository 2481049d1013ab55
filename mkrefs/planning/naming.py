"""Names and folders of everything a run makes.

``outrootdir[/outsubdir][/runID]/reflabel/reflabel[_outsubdir][_runID][.addsuffix].cmdID.reftype.fits``
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from mkrefs.instruments.pipeline_steps import product_suffix
from mkrefs.planning.required_steps import RequiredSteps

#: Where the reference files come from that the run itself makes.
OWN = "self"

#: What a mode's exposures have in common: values by FITS keyword.
Mode = Sequence[tuple[str, object]]

#: Reference types, each with a file or with where its files are chosen from.
_Sources = tuple[tuple[str, str], ...]

#: Folders of what is calibrated for corrections, by the planes of the images.
_IMAGES: Mapping[str, str] = MappingProxyType({"exposure": "images", "integrations": "integrations"})

#: What tells modes apart in a file name, besides the label.
_MODE_IN_NAME = ("DETECTOR", "SUBARRAY", "READPATT", "EXP_TYPE", "FILTER", "PUPIL", "BAND", "NOUTPUTS")


@dataclass(frozen=True, slots=True)
class RunLayout:
    """Where a run puts its files.

    Attributes
    ----------
    root : Path
        ``outrootdir``, absolute.
    subdir : str
        ``outsubdir``, may be empty.
    run_id : str
        The run's number with leading zeros, may be empty.
    suffix : str
        ``addsuffix``, may be empty.
    products : Path
        Folder of the pipeline's products.
    """

    root: Path
    subdir: str
    run_id: str
    suffix: str
    products: Path

    @property
    def folder(self) -> Path:
        """Folder of the run."""
        return self.root / self.subdir / self.run_id

    @property
    def _shares_products(self) -> bool:
        """Whether other runs may have their products in the same folder."""
        return not self.products.is_relative_to(self.folder)

    def individual(self, label: str, reftype: str, roles: Sequence[tuple[str, str]]) -> Path:
        """Path of the individual file made from the exposures in ``roles``."""
        return self._file(label, command_id(roles), reftype)

    def finals(self, label: str, reftype: str, modes: Sequence[Mode]) -> tuple[Path, ...]:
        """Paths of the final files of all modes of a label, each one's own.

        A name tells detector and mode; keywords that a name does not hold as a rule are added where modes
        differ in nothing else.
        """
        names = [_mode_words(mode) for mode in modes]
        paths = []
        for mode, words in zip(modes, names, strict=True):
            alike = [other for other, taken in zip(modes, names, strict=True) if taken == words]
            extra = [f"{keyword}-{value}" for keyword, value in mode if _differs(keyword, value, alike)]
            parts = ["final", *words, *(extra if len(alike) > 1 else ())]
            paths.append(self._file(label, "_".join(map(_as_word, parts)), reftype))
        return tuple(paths)

    def product(
        self,
        exposure: str,
        required: RequiredSteps,
        overrides: Mapping[str, str],
        layered: Sequence[tuple[str, str]] = (),
    ) -> Path:
        """Path of the pipeline product that holds an exposure after ``required``.

        What was made by a list of steps or with other reference files lies in a folder of its own, and so do
        images: of them the mask excludes pixels that creators of reference files measure. Where runs share
        the folder of products, each has one for what it made with its own files.

        Parameters
        ----------
        exposure : str
            Name of the exposure.
        required : RequiredSteps
            The state.
        overrides : mapping of str to str
            Reference files by type in place of CRDS's.
        layered : sequence of (str, str)
            Reference types, and from where their files are chosen.
        """
        folder = self._product_folder(required, tuple(sorted(overrides.items())), tuple(layered))
        suffix = product_suffix(required.last, integrations=required.planes == "integrations")
        return folder / f"{exposure}_{suffix}.fits"

    @lru_cache(maxsize=64)  # noqa: B019 - a layout is a small value, and states are few where exposures are many
    def _product_folder(self, required: RequiredSteps, overrides: _Sources, layered: _Sources) -> Path:
        folder = self.products
        folder /= _IMAGES.get(required.planes, "")
        if required.explicit:
            folder /= "+".join(required.named)
        if required.ends_open:
            folder /= "optional"
        if overrides:
            folder /= f"overrides-{_digest(overrides)}"
        if layered:
            folder /= "+".join(f"{reftype}-{source}" for reftype, source in layered)
        if self._shares_products and any(source == OWN for _, source in layered):
            folder /= f"run-{_digest(os.path.relpath(self.folder, self.products))}"
        return folder

    def corrected(self, label: str, exposure: str, product: str) -> Path:
        """Path of the corrected image of an exposure."""
        return self.folder / label / f"{exposure}_{product}.fits"

    def correction_report(self, label: str, roles: Sequence[tuple[str, str]]) -> Path:
        """Path of the file that tells what a correction did with the images in ``roles``."""
        name = self._file(label, command_id(roles), "correction").name
        return self.folder / label / f"{name.removesuffix('.fits')}.json"

    def selection(self, kind: str, layered: Sequence[tuple[str, str]]) -> Path:
        """Path of the file that tells which reference files were chosen for exposures of one kind."""
        parts = (kind.lower(), *(f"{reftype}-{source}" for reftype, source in layered))
        return self.folder / "selections" / f"{'+'.join(parts)}.json"

    def _file(self, label: str, identity: str, reftype: str) -> Path:
        stem = "_".join(word for word in (label, self.subdir.replace("/", "-"), self.run_id) if word)
        parts = [stem, self.suffix, identity, reftype, "fits"]
        return self.folder / label / ".".join(part for part in parts if part)


def command_id(roles: Sequence[tuple[str, str]]) -> str:
    """Give the ``cmdID`` of a group: eight hexadecimal digits that depend on its exposures and roles alone.

    The same group has the same name in every run, whatever other exposures come and go.
    """
    return _digest(sorted(roles))


def resolve_run_id(parent: Path, setting: int | str, digits: int, *, new: bool) -> str:
    """Give the folder name of the run.

    Parameters
    ----------
    parent : Path
        ``outrootdir[/outsubdir]``.
    setting : int or "AUTO"
        AUTO takes the latest run in ``parent``, and 1 where there is none yet.
    digits : int
        Least number of digits.
    new : bool
        With AUTO, one more than the latest.

    Returns
    -------
    str
    """
    if setting != "AUTO":
        return f"{int(setting):0{digits}d}"
    taken = [int(entry.name) for entry in parent.glob("*") if entry.name.isdecimal() and entry.is_dir()]
    latest = max(taken, default=0)
    number = latest + 1 if new or latest == 0 else latest
    same = [entry.name for entry in parent.glob("*") if entry.name.isdecimal() and int(entry.name) == number]
    return same[0] if same else f"{number:0{digits}d}"


def _mode_words(mode: Mode) -> list[str]:
    return [str(value) for keyword, value in mode if keyword in _MODE_IN_NAME and value not in (None, "")]


def _differs(keyword: str, value: object, modes: Sequence[Mode]) -> bool:
    """Tell whether a keyword that names do not hold has another value in one of the modes."""
    return keyword not in _MODE_IN_NAME and any(dict(mode).get(keyword) != value for mode in modes)


def _digest(value: object) -> str:
    return hashlib.blake2b(json.dumps(value).encode(), digest_size=4).hexdigest()


def _as_word(text: str) -> str:
    return "".join(
        character if character.isalnum() or character in "+-" else "-" for character in text.lower()
    )
