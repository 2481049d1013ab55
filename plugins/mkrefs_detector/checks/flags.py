"""Whether the flags of a file exclude what they should, and no more."""

from collections.abc import Iterator

import numpy as np

from mkrefs.api import PIXEL_DQ, Check, CheckedFile, CheckLimits, Finding, parameter
from mkrefs_detector.checks.pixels import (
    NOT_FOR_USE,
    Flags,
    counted,
    first_place,
    flag_map,
    reference_map,
    sensitive_pixels,
    share,
)


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
    fewest: float = parameter(
        0.0, "Fewer flagged pixels than this share are unusual: a warning, told of larger arrays.", ge=0, lt=1
    )
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
        if number > limits.unusual * total:
            names = ", ".join(name for name in NOT_FOR_USE if self._count(file, name, sensitive))
            what = f"{share(number, total)} of the sensitive pixels are excluded by {names}"
            if number > limits.most * total:
                yield self.error(what, "DQ", f"at most {share(limits.most, 1)}")
                return
            yield self.warning(what, "DQ", f"usually at most {share(limits.unusual, 1)}")
        for name, most in limits.by_flag.items():
            flagged = self._count(file, name, sensitive)
            if flagged > most * total:
                what = f"{share(flagged, total)} of the sensitive pixels are flagged {name}"
                yield self.error(what, "DQ", f"at most {share(most, 1)}")
        fewest = int(limits.fewest * total)
        if fewest and number < fewest:
            flagged = int(np.count_nonzero(_any_flag(file, excluded) & sensitive))
            if flagged < fewest:
                what = f"{counted(flagged) if flagged else 'none'} of {total} sensitive pixels is flagged"
                yield self.warning(what, "DQ", f"usually at least {fewest}")

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
        if number > limits.excluded * total and not excluded.all():
            yield self.error(
                f"{share(number, total)} of the reference pixels are DO_NOT_USE: refpix corrects nothing",
                f"DQ{first_place(excluded & there)}",
                f"at most {share(limits.excluded, 1)}",
            )
        unflagged, wrong = there & ~flagged, flagged & ~there
        if there.any() and wrong.sum() > flagged.sum() / 2:
            part = share(int(wrong.sum()), int(flagged.sum()))
            what = f"{part} of the pixels flagged REFERENCE_PIXEL lie where the detector has none"
            right = "flags where SUBSTRT1, SUBSTRT2 put them: the array may be flipped, or of another place"
            yield self.error(what, f"DQ{first_place(wrong)}", right)
            return
        if unflagged.any():
            number = int(unflagged.sum())
            what = f"{number} of the {total} reference pixels are not flagged REFERENCE_PIXEL"
            yield self.warning(what, f"DQ{first_place(unflagged)}", "all of them")
        if there.any() and wrong.any():
            what = f"{counted(int(wrong.sum()))} flagged REFERENCE_PIXEL where the detector has none"
            yield self.warning(what, f"DQ{first_place(wrong)}", "none")


def _any_flag(file: CheckedFile, excluded: Flags) -> Flags:
    flagged = flag_map(file, *PIXEL_DQ)
    return excluded if flagged is None else flagged
