"""Which exposures a job in its JSON form speaks of, be it of a kind that this version does not know."""

from collections.abc import Iterator, Mapping
from typing import Any


def exposures_of(job: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the exposures that a job in its JSON form speaks of, each once, whatever its kind."""
    return tuple(dict.fromkeys(_exposures(job)))


def _exposures(value: Any) -> Iterator[str]:
    match value:
        case {"exposure": str(name)}:
            yield name
        case {"exposures": [*names]}:
            yield from (name for name in names if isinstance(name, str))
        case {"ramps": [*members]} | {"sources": [*members]} | {"images": [*members]}:
            for member in members:
                yield from _exposures(member)
