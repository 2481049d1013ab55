"""A plugin as a stranger would write it: a second read noise label that needs less calibration."""

import logging
import sys

import numpy as np

from mkrefs.api import Creator, ReferenceData, ReferenceParameters, UserError, hookimpl, parameter


class ToyParameters(ReferenceParameters):
    trouble: str = parameter("", "What goes wrong, in one word; nothing if empty.")
    clipping_sigma: float = parameter(3.0, "Not used; the official label has a parameter of this name too.")


class Toy(Creator):
    """The scatter of the first differences, group by group."""

    label = "toy_noise"
    reftype = "readnoise"
    imtypes = "DD"
    ssbsteps = {"*": "dq_init, saturation"}  # noqa: RUF012 - as plugin authors write it
    unit = "DN"
    measures = "Standard deviation of the differences of neighbouring groups."
    Parameters = ToyParameters

    def create(self, ramps, parameters):
        if parameters.trouble == "user":
            raise UserError("toy_noise: asked to fail.")
        if parameters.trouble == "bug":
            raise ZeroDivisionError("asked to break")
        if parameters.trouble == "exit":
            sys.exit("asked to leave")
        if parameters.trouble == "warning":
            logging.getLogger(__name__).warning("toy_noise: asked to warn")
        blocks = [ramp.rows(0, ramp.shape[2]).science for ramp in ramps.values()]
        differences = np.concatenate([np.diff(block, axis=1)[0] for block in blocks])
        noise = differences.std(axis=0) + np.float32(0.01)
        if parameters.trouble == "nan":
            noise[1:] = np.nan
        return ReferenceData(arrays={"data": noise}, metadata={"bunit_data": "DN"})


@hookimpl
def mkrefs_creators():
    return (Toy,)
