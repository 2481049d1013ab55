"""Whether DQ_DEF declares the bits of DQ, under names that the pipeline knows."""

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

import numpy as np

from mkrefs.api import PIXEL_DQ, Check, CheckedFile, CheckLimits, Finding, parameter
from mkrefs_detector.checks.pixels import (
    PLANE,
    column,
    counted,
    definitions,
    first_place,
    joined,
    planes,
)

_BITS = 32
_COLUMNS = ("BIT", "VALUE", "NAME")
#: What stdatamodels calls the value of a pixel without flags.
_GOOD = "GOOD"


class DqDefinitionLimits(CheckLimits):
    """What `dq_definition` may be set to."""

    retired: tuple[str, ...] = parameter(
        (), "Mnemonics that older files have: a warning, since the pipeline reads them no more."
    )


class DqDefinition(Check):
    """Every bit of DQ is declared in DQ_DEF, once, under a mnemonic that the pipeline knows."""

    name = "dq_definition"
    Limits = DqDefinitionLimits

    def check(self, file: CheckedFile, limits: DqDefinitionLimits) -> Iterator[Finding]:
        """Look at DQ_DEF, then for bits that it does not declare."""
        table = file.tables.get("DQ_DEF")
        if table is not None:
            columns = {name: column(table, name) for name in _COLUMNS}
            lacking = [name for name, values in columns.items() if values is None]
            if lacking:
                yield self.error(f"it has no column {', '.join(lacking)}", "DQ_DEF", ", ".join(_COLUMNS))
                return
            yield from self._rows(definitions(file), columns["BIT"], limits.retired)
        yield from self._undeclared(file, declared=table is not None)

    def _rows(
        self, rows: list[tuple[int, str]], bits: Iterable[Any] | None, retired: tuple[str, ...]
    ) -> Iterator[Finding]:
        for (value, name), bit in zip(rows, map(int, () if bits is None else bits), strict=True):
            if name == _GOOD and not value:
                continue
            if name in retired:
                what = f"bit {bit} is called '{name}', which the pipeline knows no more"
                yield self.warning(what, "DQ_DEF", "mnemonics of the pipeline alone")
            elif name not in PIXEL_DQ:
                yield self._unknown(bit, name)
            if not 0 <= bit < _BITS or value != 1 << bit:
                right = f"value {1 << bit}" if 0 <= bit < _BITS else f"a bit from 0 to {_BITS - 1}"
                yield self.error(
                    f"{name or 'a row without a name'} has bit {bit} and value {value}", "DQ_DEF", right
                )
        for what, items in (
            ("mnemonic", [name for _, name in rows if name]),
            ("value", [value for value, _ in rows]),
        ):
            twice = [item for item, number in Counter(items).items() if number > 1]
            if twice:
                yield self.error(f"the {what} {twice[0]} stands there twice", "DQ_DEF", "each once")

    def _unknown(self, bit: int, name: str) -> Finding:
        """Tell of a name that is none, and of the nearest that is one."""
        if not name:
            return self.error(f"bit {bit} has no name", "DQ_DEF", "a mnemonic of the pipeline for each bit")
        meant = get_close_matches(name.upper(), PIXEL_DQ, n=1)
        right = meant[0] if meant else "a mnemonic that stdatamodels knows, such as DEAD, HOT or DO_NOT_USE"
        what = f"bit {bit} is called '{name}', which is no DQ mnemonic of the pipeline"
        return self.error(what, "DQ_DEF", right)

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
