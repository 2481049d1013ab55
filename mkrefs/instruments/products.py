"""What the name, the data model and the unit of a pipeline product tell of the steps it has been through."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from mkrefs.instruments.pipeline_steps import IMAGE_ORDER, product_suffix

#: Last step of calwebb_detector1: what images of any kind have behind them.
_FITTED = "gain_scale"
_CALIBRATED = "photom"

_BY_STEP = {
    name: step
    for step in (_FITTED, *IMAGE_ORDER)
    for name in (step, f"{step}ints", f"{step.replace('_', '')}step")
}
#: By the product suffix of an image, the last step that made it. What is not listed is a ramp, or unknown.
IMAGE_PRODUCTS: Mapping[str, str] = MappingProxyType(
    {
        **_BY_STEP,
        **dict.fromkeys(("rate", "rateints"), _FITTED),
        **dict.fromkeys(("ramp_fit", "rampfitstep", "0_ramp_fit", "1_ramp_fit"), _FITTED),
        **dict.fromkeys(("bsub", "bsubints"), "bkg_subtract"),
        **dict.fromkeys(("cal", "calints", "crf", "crfints"), _CALIBRATED),
    }
)
#: Product suffixes of images that are no exposure on the pixels of its detector.
OTHER_IMAGES = frozenset(
    {
        *("i2d", "s2d", "s3d", "x1d", "x1dints", "c1d", "segm", "blot", "outlier_i2d"),
        *("psfstack", "psfalign", "psfsub", "trapsfilled", "fitopt"),
    }
)
#: Pattern of the suffix of an image whose outliers were found; the association may stand before it.
ASSOCIATED = r"(?:[acor]\d{3,4}_)?crf(?:ints)?"

_ASSOCIATION = re.compile(r"^[acor]\d{3,4}_(?=crf)")
_STEP_SUFFIX = re.compile(r"[a-z]*step")
_RAMP_MODELS = ("Level1bModel", "RampModel", "SuperstripeRampModel")
_IMAGE_MODELS = ("ImageModel", "CubeModel")
_IMAGE_AXES, _CUBE_AXES = 2, 3

#: Suffixes that a search for the products of an exposure looks for: the usual ones of images.
SEARCHED_IMAGES = (
    *(product_suffix(step, integrations=cube) for step in (_FITTED, *IMAGE_ORDER) for cube in (False, True)),
    *("rate", "rateints", "crf", "crfints"),
)


def product_kind(product: str) -> str:
    """Give a product suffix without the association that may stand before it: ``a3001_crf`` is a ``crf``."""
    return _ASSOCIATION.sub("", product)


def last_image_step(product: str, axes: int = 0, model: str = "", unit: str = "") -> str:
    """Tell which step made an image, as far as its name, or else its data, tell.

    Parameters
    ----------
    product : str
        Product suffix of the file's name; empty if there is none.
    axes : int
        Number of axes of the science array; 0 if unknown.
    model : str
        Data model as DATAMODL names it; empty if unknown.
    unit : str
        BUNIT; empty if unknown.

    Returns
    -------
    str
        A step of calwebb_image2 or the last of calwebb_detector1; empty if it is a ramp, or nothing tells.
        An image of which nothing tells how far it is calibrated is taken to be calibrated.
    """
    kind = product_kind(product)
    if kind in IMAGE_PRODUCTS:
        return IMAGE_PRODUCTS[kind]
    if kind in OTHER_IMAGES or (kind and not _STEP_SUFFIX.fullmatch(kind)):
        return ""
    words = unit.replace(" ", "").lower()
    calibrated, rate = "jy" in words, words.endswith("/s")
    told = model in _IMAGE_MODELS or axes == _IMAGE_AXES or (axes == _CUBE_AXES and (calibrated or rate))
    if model in _RAMP_MODELS or axes > _CUBE_AXES or not told:
        return ""
    return _FITTED if rate else _CALIBRATED
