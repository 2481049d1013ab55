"""What the gain was corrected for, and by how much: lines for HISTORY and tables for the file."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.gain.settings import GainSettings
from mkrefs_detector.gain.streaming import GainMeasurement

_PPM = 1e6


def describe_corrections(
    measured: GainMeasurement, settings: GainSettings, *, mean: float
) -> tuple[str, ...]:
    """Tell what was corrected for.

    Parameters
    ----------
    measured : GainMeasurement
        What was measured.
    settings : GainSettings
        What was wanted.
    mean : float
        Mean gain in electrons per DN.

    Returns
    -------
    tuple of str
    """
    noise, linearity = measured.analysis.noise, measured.linearity
    coupling = (
        f"sum of the squares of its kernel {noise.squares:.4f} +- {noise.squares * noise.squares_error:.4f}, "
        f"shares {noise.kernel[1, 0]:.3%} beside, {noise.kernel[0, 1]:.3%} above, {noise.kernel[0, 0]:.3%} "
        f"and {noise.kernel[0, 2]:.3%} on the diagonals"
    )
    yes = "Corrected for inter-pixel capacitance"
    no = "NOT corrected for inter-pixel capacitance, which makes the gain seem higher"
    return (
        f"{yes if settings.ipc else no}: {coupling}.",
        _of_feedback(measured, settings, mean),
        _of_linearity(linearity.made_linear, linearity.response is not None, linearity.fall, settings),
    )


def _of_feedback(measured: GainMeasurement, settings: GainSettings, mean: float) -> str:
    analysis = measured.analysis
    if not settings.brighter_fatter:
        return "NOT corrected for the brighter-fatter effect."
    if not analysis.with_feedback:
        return "NOT corrected for the brighter-fatter effect: ramps of so few groups do not tell it."
    values, errors = feedback(measured, mean)
    return (
        f"Corrected for the brighter-fatter effect: a00 {values[0] * _PPM:.3g} +- {errors[0] * _PPM:.2g} ppm "
        f"per electron, beside {values[1] * _PPM:.2g}, above {values[2] * _PPM:.2g}, on the diagonals "
        f"{values[3] * _PPM:.2g} and {values[4] * _PPM:.2g}."
    )


def _of_linearity(made_linear: bool, known: bool, fall: float, settings: GainSettings) -> str:
    if not settings.nonlinearity:
        state = "made linear by the pipeline" if made_linear else "not made linear"
        return f"NOT corrected for non-linearity here; the ramps were {state}."
    if not made_linear:
        return (
            f"Corrected for non-linearity by the curvature of the flats: their response falls by {fall:.2%} "
            "up to the largest signal used; the ramps were not made linear by the pipeline."
        )
    if not known:
        return (
            "Ramps made linear by the pipeline; NOT corrected for what that did to the read noise, since the "
            "raw flats were not at hand."
        )
    return (
        "Ramps made linear by the pipeline, and the read noise taken off scaled as that did: the response "
        f"falls by {fall:.2%} up to the largest signal used."
    )


def feedback(measured: GainMeasurement, mean: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the coefficients of the brighter-fatter effect and their errors by lag, per electron.

    Parameters
    ----------
    measured : GainMeasurement
        What was measured.
    mean : float
        Mean gain in electrons per DN.

    Returns
    -------
    values, errors : ndarray of float64, shape (5,)
        Itself, beside, above, and on both diagonals.
    """
    noise = measured.analysis.noise
    scale = noise.squares / noise.shot[0] / mean
    return noise.feedback * scale, noise.feedback_error * scale


def correction_tables(
    measured: GainMeasurement, settings: GainSettings, *, mean: float
) -> Mapping[str, NDArray[np.generic]]:
    """Give the extensions that tell what was corrected for.

    Parameters
    ----------
    measured, settings, mean
        As for `describe_corrections`.

    Returns
    -------
    mapping of str to ndarray
        CORRECTIONS: a table of what was applied, and of the numbers behind; IPC and BFE: the kernel, and the
        coefficients per electron, of shape (3, 3).
    """
    noise, linearity = measured.analysis.noise, measured.linearity
    values, errors = feedback(measured, mean)
    rows = [
        ("IPC", settings.ipc, noise.squares, noise.squares * noise.squares_error),
        (
            "BRIGHTER-FATTER",
            settings.brighter_fatter and measured.analysis.with_feedback,
            values[0],
            errors[0],
        ),
        ("NON-LINEARITY", linearity.response is not None, linearity.fall, 0.0),
    ]
    table = np.array(rows, dtype=[("NAME", "S16"), ("APPLIED", "i4"), ("VALUE", "f4"), ("ERR", "f4")])
    around = np.array(
        [
            [values[3], values[2], values[4]],
            [values[1], values[0], values[1]],
            [values[4], values[2], values[3]],
        ]
    )
    return {"CORRECTIONS": table, "IPC": noise.kernel.astype(np.float32), "BFE": around.astype(np.float32)}
