"""The figures of a gain, as values; the engine draws them."""

from collections.abc import Mapping

from mkrefs.api import Curves, Figure, Map
from mkrefs_detector.gain.product import GainProduct
from mkrefs_detector.gain.streaming import GainMeasurement


def gain_figures(measured: GainMeasurement, product: GainProduct, where: str) -> Mapping[str, Figure]:
    """Give the photon transfer curve, and maps of the gain and its error.

    Parameters
    ----------
    measured : GainMeasurement
        What was measured.
    product : GainProduct
        What the file holds.
    where : str
        Detector and subarray, for the titles.

    Returns
    -------
    mapping of str to Figure
    """
    curve, noise = measured.analysis.curve, measured.analysis.noise
    ideal = noise.shot[0] * curve.signal
    return {
        "photon_transfer": Curves(
            f"Photon transfer of {where}",
            "signal since the first group used (DN)",
            "variance without read noise (DN^2)",
            curve.signal,
            {
                "measured": curve.variance,
                "shot noise": ideal,
                "with the brighter-fatter effect": ideal + noise.feedback[0] * curve.signal**2,
            },
        ),
        "gain": Map(f"Gain of {where}", "gain (e-/DN)", product.gain),
        "error": Map(f"Error of the gain of {where}", "error (e-/DN)", product.err),
    }
