"""Carries out a load job: whether a final file loads as those who use it will load it."""

from pathlib import Path

from mkrefs.errors import UserError
from mkrefs.jobs.checking import LoadJob
from mkrefs.reference_files.loading import Loaded, load_as_users_do
from mkrefs.storage.atomic import write_text_atomic


class LoadFailed(UserError):  # noqa: N818 - says what happened to a job, as Outcome does
    """A reference file that the data model of its type cannot use."""


def run_load_job(job: LoadJob) -> tuple[str, ...]:
    """Load a file and write what was found beside it.

    Parameters
    ----------
    job : LoadJob
        The file, and where the findings go.

    Returns
    -------
    tuple of str
        Notes: the models it loads as, and its arrays.

    Raises
    ------
    LoadFailed
        If it cannot be used; the findings are written all the same.
    """
    name = Path(job.file).name
    loaded = load_as_users_do(Path(job.file), job.reftype, job.instrument)
    notes = _notes(loaded)
    verdict = "failed" if loaded.problems else "passed"
    lines = [f"test4datamodel of {name}: {verdict}", *(f"fault: {each}" for each in loaded.problems), *notes]
    write_text_atomic(Path(job.output), "\n".join(lines) + "\n")
    if loaded.problems:
        raise LoadFailed(f"{job.file}: test4datamodel fails: {'; '.join(loaded.problems)}; see {job.output}.")
    return notes


def _notes(loaded: Loaded) -> tuple[str, ...]:
    if not loaded.opened_as:
        return ()
    return (
        f"loads as {loaded.model} with strict validation, datamodels.open gives {loaded.opened_as}",
        *(f"{name}: {' x '.join(map(str, shape))}, {kind}" for name, shape, kind in loaded.arrays),
        *([f"not in the file: {', '.join(loaded.absent)}"] if loaded.absent else []),
    )
