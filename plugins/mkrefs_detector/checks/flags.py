"""Whether the flags of a file are declared, known, and exclude what they should and no more."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from mkrefs.api import PIXEL_DQ, Check, CheckedFile, CheckLimits, Finding, parameter
from mkrefs_detector.checks.pixels import (
    NOT_FOR_USE,
    PLANE,
    Flags,
    counted,
    definitions,
    first_place,
    flag_map,
    joined,
    planes,
    reference_map,
    sensitive_pixels,
    share,
)

_BITS = 32
_COLUMNS = ("BIT", "VALUE", "NAME")


class DqDefinitionLimits(CheckLimits):
    """What `dq_definition` may be set to."""

    retired: tuple[str, ...] = parameter(
        ("UNRELIABLE_RESET",),
        "Mnemonics that older pipelines knew: a warning, since nothing reads them any more.",
    )


class DqDefinition(Check):
    """Every bit of DQ is declared in DQ_DEF, once, under a mnemonic that the pipeline knows."""

    name = "dq_definition"
    Limits = DqDefinitionLimits

    def check(self, file: CheckedFile, limits: DqDefinitionLimits) -> Iterator[Finding]:
        """Look at DQ_DEF, then for bits that it does not declare."""
        table = file.tables.get("DQ_DEF")
        if table is not None:
            lacking = [name for name in _COLUMNS if name not in (table.dtype.names or ())]
            if lacking:
                yield self.error(f"it has no column {', '.join(lacking)}", "DQ_DEF", ", ".join(_COLUMNS))
                return
            yield from self._rows(file, limits.retired)
        yield from self._undeclared(file, declared=table is not None)

    def _rows(self, file: CheckedFile, retired: tuple[str, ...]) -> Iterator[Finding]:
        rows = definitions(file)
        bits = [int(row["BIT"]) for row in file.tables["DQ_DEF"]]
        for (value, name), bit in zip(rows, bits, strict=True):
            if name not in PIXEL_DQ:
                what = f"bit {bit} is called '{name}', which is no DQ mnemonic of the pipeline"
                tell = self.warning if name in retired else self.error
                yield tell(
                    what, "DQ_DEF", "a mnemonic that stdatamodels knows, such as DEAD, HOT or DO_NOT_USE"
                )
            if not 0 <= bit < _BITS or value != 1 << bit:
                right = f"a bit from 0 to {_BITS - 1}, and its value"
                yield self.error(f"{name} has bit {bit} and value {value}", "DQ_DEF", right)
        for what, items in (
            ("mnemonic", [name for _, name in rows]),
            ("value", [value for value, _ in rows]),
        ):
            twice = [item for item, number in Counter(items).items() if number > 1]
            if twice:
                yield self.error(f"the {what} {twice[0]} stands there twice", "DQ_DEF", "each once")

    def _undeclared(self, file: CheckedFile, *, declared: bool) -> Iterator[Finding]:
        dq = file.images.get("DQ")
        if dq is None or dq.dtype.kind not in "iu" or dq.ndim < PLANE:
            return
        known = joined(value for value, _ in definitions(file))
        unknown = np.uint32(~known & (2**_BITS - 1))
        used = np.uint32(0)
        flagged = np.zeros(dq.shape[-2:], np.bool_)
        for plane in planes(dq):
            beyond = plane.astype(np.uint32) & unknown
            used |= np.bitwise_or.reduce(beyond, axis=None)
            flagged |= beyond != 0
        if flagged.any():
            bits = ", ".join(str(bit) for bit in range(_BITS) if int(used) >> bit & 1)
            place = f"DQ{first_place(flagged)}"
            count = counted(int(flagged.sum()))
            what = f"bits ({bits}) that DQ_DEF does not declare are set in {count}"
            if not declared:
                what = f"bits ({bits}) are set in {count}, and there is no DQ_DEF that says what they mean"
            yield self.error(what, place, "bits that DQ_DEF declares")


class DqPolicyLimits(CheckLimits):
    """What `dq_policy` may be set to."""

    always: tuple[str, ...] = parameter((), "Mnemonics of pixels that must be DO_NOT_USE, every one.")
    usually: tuple[str, ...] = parameter(
        (), "Mnemonics of pixels that are DO_NOT_USE as a rule: a warning tells of those that are not."
    )
    least: float = parameter(
        0.0,
        "Smallest share of all pixels with these mnemonics that must be DO_NOT_USE; above 0, at least one.",
        ge=0,
        le=1,
    )


class DqPolicy(Check):
    """Pixels with defects that spoil them are excluded: flagged DO_NOT_USE as well."""

    name = "dq_policy"
    reftypes = ("mask",)
    Limits = DqPolicyLimits

    def check(self, file: CheckedFile, limits: DqPolicyLimits) -> Iterator[Finding]:
        """Compare each defect's map with that of DO_NOT_USE."""
        excluded = flag_map(file, "DO_NOT_USE")
        defective = flag_map(file, *limits.always, *limits.usually)
        if excluded is None or defective is None or not defective.any():
            return
        both = int((excluded & defective).sum())
        if limits.least and (not both or both < limits.least * int(defective.sum())):
            total = int(defective.sum())
            number, verb = (f"only {share(both, total)}", "are") if both else ("none", "is")
            found = [name for name in (*limits.always, *limits.usually) if self._any(file, name)]
            yield self.error(
                f"{number} of the {total} pixels flagged {', '.join(found)} {verb} DO_NOT_USE: "
                "the pipeline goes on using them",
                f"DQ{first_place(defective & ~excluded)}",
                f"at least {share(limits.least, 1)} of them DO_NOT_USE",
            )
            return
        for names, tell in ((limits.always, self.error), (limits.usually, self.warning)):
            for name in names:
                flagged = flag_map(file, name)
                left = None if flagged is None else flagged & ~excluded
                if left is not None and left.any():
                    what = f"{counted(int(left.sum()))} flagged {name} but not DO_NOT_USE"
                    yield tell(what, f"DQ{first_place(left)}", f"{name} with DO_NOT_USE")

    def _any(self, file: CheckedFile, name: str) -> bool:
        flagged = flag_map(file, name)
        return flagged is not None and bool(flagged.any())


class FlaggedLimits(CheckLimits):
    """What `flagged` may be set to."""

    most: float = parameter(0.25, "Largest share of the sensitive pixels that may be excluded.", gt=0, le=1)
    unusual: float = parameter(0.1, "A larger share than this is unusual: a warning.", gt=0, le=1)
    by_flag: dict[str, float] = parameter(
        {}, "Largest share of the sensitive pixels that may have a flag, by mnemonic."
    )


class Flagged(Check):
    """No more pixels are flagged than a working detector can have bad ones."""

    name = "flagged"
    Limits = FlaggedLimits

    def check(self, file: CheckedFile, limits: FlaggedLimits) -> Iterator[Finding]:
        """Count the pixels that are excluded, and those with each flag."""
        excluded = flag_map(file, *NOT_FOR_USE)
        if excluded is None:
            return
        sensitive = sensitive_pixels(file, excluded.shape)
        total = int(sensitive.sum())
        if not total:
            yield self.error(
                "no pixel is left that is light-sensitive", "DQ", "some that are not NON_SCIENCE"
            )
            return
        number = int((excluded & sensitive).sum())
        names = ", ".join(name for name in NOT_FOR_USE if self._some(file, name, sensitive))
        what = f"{share(number, total)} of the sensitive pixels are excluded by {names}"
        if number > limits.most * total:
            yield self.error(what, "DQ", f"at most {share(limits.most, 1)}")
        elif number > limits.unusual * total:
            yield self.warning(what, "DQ", f"usually at most {share(limits.unusual, 1)}")
        for name, most in limits.by_flag.items():
            flagged = self._count(file, name, sensitive)
            if flagged > most * total:
                what = f"{share(flagged, total)} of the sensitive pixels are flagged {name}"
                yield self.error(what, "DQ", f"at most {share(most, 1)}")

    def _some(self, file: CheckedFile, name: str, sensitive: Flags) -> bool:
        return self._count(file, name, sensitive) > 0

    def _count(self, file: CheckedFile, name: str, sensitive: Flags) -> int:
        flagged = flag_map(file, name)
        return 0 if flagged is None else int((flagged & sensitive).sum())


class ReferencePixelsLimits(CheckLimits):
    """What `reference_pixels` may be set to."""

    excluded: float = parameter(
        0.5,
        "Largest share of the reference pixels that may be DO_NOT_USE: of these the pipeline uses none.",
        gt=0,
        le=1,
    )


class ReferencePixels(Check):
    """A mask flags the reference pixels as such, and leaves them in use: otherwise they correct nothing."""

    name = "reference_pixels"
    reftypes = ("mask",)
    Limits = ReferencePixelsLimits

    def check(self, file: CheckedFile, limits: ReferencePixelsLimits) -> Iterator[Finding]:
        """Compare the flags with the place of the reference pixels."""
        excluded, flagged = flag_map(file, "DO_NOT_USE"), flag_map(file, "REFERENCE_PIXEL")
        if excluded is None or flagged is None:
            return
        there = reference_map(file, excluded.shape)
        total, number = int(there.sum()), int((excluded & there).sum())
        if number > limits.excluded * total:
            yield self.error(
                f"{share(number, total)} of the reference pixels are DO_NOT_USE: refpix corrects nothing",
                f"DQ{first_place(excluded & there)}",
                f"at most {share(limits.excluded, 1)}",
            )
        unflagged = there & ~flagged
        if unflagged.any():
            number = int(unflagged.sum())
            what = f"{number} of the {total} reference pixels are not flagged REFERENCE_PIXEL"
            yield self.warning(what, f"DQ{first_place(unflagged)}", "all of them")
        wrong = flagged & ~there
        if there.any() and wrong.any():
            what = f"{counted(int(wrong.sum()))} flagged REFERENCE_PIXEL where the detector has none"
            yield self.warning(what, f"DQ{first_place(wrong)}", "none")
