"""The overview of runs as JSON and as CSV, whose keys and columns are documented and stay."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mkrefs.overview.records import CommandRecord, ProductRecord, RunRecord

OVERVIEW_FORMAT = 1

#: Columns of the CSV form: a column is never renamed or removed, new ones come last.
COLUMNS = (
    "run",
    "kind",
    "label",
    "job",
    "state",
    "reason",
    "told",
    "file",
    "presence",
    "made",
    "seconds",
    "n_exposures",
    "exposures",
    "inputs",
    "log",
    "notes",
    "peak_memory",
)


def overview_json(runs: Sequence[RunRecord]) -> str:
    """Give all that is known of the runs as JSON."""
    return json.dumps({"mkrefs_overview": OVERVIEW_FORMAT, "runs": [_run(run) for run in runs]}, indent=1)


def overview_csv(runs: Sequence[RunRecord]) -> str:
    """Give one row for each file, with a head; lists have spaces between their items, notes `; `."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for run in runs:
        writer.writerows(_row(run, product) for product in run.products)
    return stream.getvalue()


def _run(run: RunRecord) -> dict[str, Any]:
    return {
        "folder": run.folder,
        "at_work": run.at_work,
        "commands": [_command(command) for command in run.commands],
        "products": [_product(product) for product in run.products],
    }


def _command(command: CommandRecord) -> dict[str, Any]:
    return {
        "begun": _time(command.begun),
        "ended": _time(command.ended),
        "seconds": command.seconds,
        "status": command.status.value,
        "exit_status": command.exit_status,
        "interrupted_by": command.interrupted_by,
        "error": command.error,
        "labels": command.labels,
        "jobs": command.jobs,
        **command.counts,
        "left": command.left,
        "command": command.command,
        "mkrefs": command.mkrefs,
        "context": command.context,
        "host": command.host,
        "pid": command.pid,
    }


def _product(product: ProductRecord) -> dict[str, Any]:
    return {
        "file": product.file,
        "kind": product.kind,
        "label": product.label,
        "job": product.job,
        "state": product.state,
        "reason": product.reason,
        "told": _time(product.told),
        "presence": product.presence.value,
        "made": _time(product.made),
        "seconds": product.seconds,
        "exposures": product.exposures,
        "inputs": product.inputs,
        "log": product.log,
        "notes": product.notes,
        "peak_memory": product.peak_memory,
    }


def _row(run: RunRecord, product: ProductRecord) -> Mapping[str, Any]:
    lists = {
        "exposures": " ".join(product.exposures),
        "inputs": " ".join(product.inputs),
        "notes": "; ".join(product.notes),
    }
    return {"run": run.folder, **_product(product), "n_exposures": len(product.exposures), **lists}


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="milliseconds")
