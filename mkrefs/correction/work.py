"""Carries out a correction job: one group of calibrated images becomes as many corrected ones."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from mkrefs.contract.image_correction import CorrectedImage, CorrectedImages, ImageCorrection
from mkrefs.correction.content import corrections_from_plugin
from mkrefs.correction.report import StatusByRole, correction_json
from mkrefs.correction.standing import status_by_role, status_text
from mkrefs.drawing import write_figures
from mkrefs.errors import UserError
from mkrefs.images.corrected_file import CorrectedFile, write_corrected
from mkrefs.images.fits_image import FitsImage
from mkrefs.images.state import state_lines
from mkrefs.jobs.correcting import CorrectJob, ImageInput
from mkrefs.jobs.outcome import warnings_as_notes
from mkrefs.reference_files.history import Provenance, history_lines
from mkrefs.registry.plugins import installed_plugins
from mkrefs.storage.atomic import atomic_folder, atomic_write, write_text_atomic

#: How the name of a report ends; figures and the folder of further files are named by what stands before.
REPORT_SUFFIX = ".correction.json"


def correct(job: CorrectJob, fingerprint: str) -> tuple[str, ...]:
    """Correct one group of images, and write them, the report, figures and further files.

    Parameters
    ----------
    job : CorrectJob
        What to correct with what.
    fingerprint : str
        Of the job; written to HISTORY.

    Returns
    -------
    tuple of str
        What the correction has to say of the group and of each image, and warnings.

    Raises
    ------
    UserError
        If an image cannot be read, the images do not allow a correction, or the correction does not keep its
        contract; then nothing is written.
    """
    correction = installed_plugins().correction(job.label)
    parameters = correction.Parameters.model_validate(job.parameters)
    images = {each.role: _opened(each, job, correction) for each in job.images}
    state = state_lines(job.steps, [image.header for image in images.values()])
    with atomic_folder(files_folder(Path(job.report))) as folder:
        maker = f"{job.label} ({job.plugin})"
        made = corrections_from_plugin(
            lambda: correction().correct(images, parameters, folder), maker=maker, images=images
        )
        status = status_by_role(made, images, allowed=correction.changes, maker=maker)
        with ExitStack() as all_or_none:
            write_corrected(
                CorrectedFile(
                    Path(each.path),
                    all_or_none.enter_context(atomic_write(Path(each.output))),
                    _of(made, each),
                    _history(job, each, made, status, state, fingerprint),
                )
                for each in job.images
            )
        files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    figures = dict(
        zip(made.figures, write_figures(_figures_base(Path(job.report)), made.figures), strict=True)
    )
    report = correction_json(
        job, made, status, figures={name: path.name for name, path in figures.items()}, files=files
    )
    write_text_atomic(Path(job.report), json.dumps(report, indent=1) + "\n")
    return (*made.history, *_image_notes(job, made, status), *warnings_as_notes(made.warnings))


def files_folder(report: Path) -> Path:
    """Give the folder of the further files that a correction leaves."""
    return report.with_name(f"{report.name.removesuffix(REPORT_SUFFIX)}.files")


def _figures_base(report: Path) -> Path:
    return report.with_name(f"{report.name.removesuffix(REPORT_SUFFIX)}.json")


def _opened(each: ImageInput, job: CorrectJob, correction: type[ImageCorrection]) -> FitsImage:
    image = FitsImage(Path(each.path), each.exposure, job.crds)
    if len(image.shape) > 2 and correction.planes == "exposure":
        raise UserError(
            f"{job.label} takes images of whole exposures, and {image.name} is a cube of {image.shape[0]} "
            "integrations; give the image of the exposure (rate, cal) instead."
        )
    return image


def _of(made: CorrectedImages, each: ImageInput) -> CorrectedImage:
    return made.images.get(each.role, CorrectedImage())


def _history(
    job: CorrectJob,
    each: ImageInput,
    made: CorrectedImages,
    status: StatusByRole,
    state: tuple[str, ...],
    fingerprint: str,
) -> tuple[str, ...]:
    provenance = Provenance(
        made_by=job.label,
        plugin=job.plugin,
        inputs=[f"{image.role}: {Path(image.path).name}" for image in job.images],
        state=state,
        parameters=job.parameters,
        fingerprint=fingerprint,
    )
    changes = status_text(status[each.role])
    results = (
        f"This is {each.role}{'' if each.role in made.images else ', in which nothing was changed'}",
        *_said_of_changes(_of(made, each)),
        *([f"Standing of pixels: {changes}"] if changes else []),
        *_of(made, each).history,
        *made.history,
        *made.warnings,
    )
    return history_lines(provenance, text="", results=results)


def _said_of_changes(corrected: CorrectedImage) -> Iterator[str]:
    """Tell what a correction changed besides pixels, in words that do not depend on the plugin."""
    if any(corrected.shift):
        x, y = corrected.shift
        yield f"Moved by {x:.6g} and {y:.6g} pixels along x and y, and the WCS with it"
    if any(corrected.pad):
        left, right, bottom, top = corrected.pad
        yield f"Pixels added: {left} on the left, {right} right, {bottom} at the bottom, {top} at the top"
    if corrected.metadata:
        yield f"Metadata set: {', '.join(corrected.metadata)}"


def _image_notes(job: CorrectJob, made: CorrectedImages, status: StatusByRole) -> tuple[str, ...]:
    """Give a line for each image of which there is something to tell."""
    said: Mapping[str, tuple[str, ...]] = {
        f"{each.role} ({Path(each.path).name})": (
            *([text] if (text := status_text(status[each.role])) else []),
            *_of(made, each).history,
        )
        for each in job.images
    }
    return tuple(f"{name}: {'; '.join(_unended(lines))}" for name, lines in said.items() if lines)


def _unended(lines: Sequence[str]) -> list[str]:
    """Take the full stops off all lines but the last, which others follow."""
    return [*(line.removesuffix(".") for line in lines[:-1]), *lines[-1:]]
