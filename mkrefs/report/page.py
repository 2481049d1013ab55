"""Sets a report into a page; what it looks like is in the templates."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from mkrefs.report import figures, numbers
from mkrefs.report.reference_file import FACTS
from mkrefs.report.run_report import RunReport, command_status, kind_word

_TEMPLATE = "report.html.j2"
#: What no page may hold: control characters, and what cannot be written as UTF-8.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def render(report: RunReport) -> str:
    """Give the page of a run: HTML that needs nothing besides itself.

    Parameters
    ----------
    report : RunReport
        What to tell.

    Returns
    -------
    str
    """
    return _environment().get_template(_TEMPLATE).render(report=report)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("mkrefs.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_fit,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": numbers.count,
        "percent": numbers.percent,
        "plural": numbers.plural,
        "duration": numbers.duration,
        "memory": numbers.memory,
        "kind_word": kind_word,
        "command_status": command_status,
    }
    environment.globals |= {
        "facts": FACTS,
        "plot_width": figures.WIDTH,
        "histogram_height": figures.HISTOGRAM_HEIGHT,
    }
    return environment


def _fit(value: Any) -> Any:
    """Replace what would make a page invalid; it comes from headers and names of files."""
    if isinstance(value, str) and _UNFIT.search(value):
        return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", value)
    return value
