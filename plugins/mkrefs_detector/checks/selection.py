"""Whether a file says for what it is: the keywords by which CRDS selects it."""

from collections.abc import Iterator

from mkrefs.api import REFERENCE_TYPES, Check, CheckedFile, CheckLimits, Finding, parameter
from mkrefs_detector.checks.pixels import INSTRUMENTS


class SelectionLimits(CheckLimits):
    """What `selection` may be set to."""

    needed: tuple[str, ...] = parameter(
        ("INSTRUME", "DETECTOR", "READPATT", "SUBARRAY"),
        "Keywords whose lack is an error where CRDS selects by them; the lack of others is a warning.",
    )


class Selection(Check):
    """The keywords by which CRDS selects files of the type are there: else no exposure gets the file."""

    name = "selection"
    Limits = SelectionLimits

    def check(self, file: CheckedFile, limits: SelectionLimits) -> Iterator[Finding]:
        """Look for INSTRUME, then for the keywords of the type."""
        instrument = file.text("INSTRUME")
        if instrument not in INSTRUMENTS:
            what = (
                f"INSTRUME is {instrument}, which is none of JWST" if instrument else "there is no INSTRUME"
            )
            yield self.error(what, "header: INSTRUME", ", ".join(INSTRUMENTS))
            return
        kind = REFERENCE_TYPES.get(file.reftype)
        if kind is None:
            return
        if instrument not in kind.selectors:
            what = f"mkrefs knows of no {file.reftype.upper()} files of {instrument}"
            yield self.warning(what, "header: INSTRUME", ", ".join(kind.selectors))
            return
        lacking = [keyword for keyword in kind.selectors.get(instrument, ()) if not file.text(keyword)]
        for tell, keywords in (
            (self.error, [keyword for keyword in lacking if keyword in limits.needed]),
            (self.warning, [keyword for keyword in lacking if keyword not in limits.needed]),
        ):
            if keywords:
                yield tell(
                    f"the file does not say {', '.join(keywords)}, by which CRDS selects it",
                    f"header: {', '.join(keywords)}",
                    "the value that it is for, or ANY, N/A or GENERIC where it is for all",
                )
