"""A plugin of labels that build on one another: a superbias, a dark and a mask, as simple as can be."""

import numpy as np

from mkrefs.api import Creator, ReferenceData, ReferenceParameters, UserError, hookimpl, parameter


class ChainParameters(ReferenceParameters):
    offset: float = parameter(0.0, "Added to the result, to see what depends on it.", unit="DN")
    fails_on: str = parameter("", "Detector on which no file can be made.")


class _Mean(Creator):
    """What all labels here have in common."""

    imtypes = "D+"
    unit = "DN"
    combiner = "mean"
    Parameters = ChainParameters

    def create(self, ramps, parameters):
        """Average over exposures and integrations."""
        ramp = next(iter(ramps.values()))
        if ramp.metadata.detector == parameters.fails_on:
            raise UserError(f"{self.label}: asked to fail on {parameters.fails_on}.")
        mean = np.mean([each.rows(0, each.shape[2]).science.mean(axis=0) for each in ramps.values()], axis=0)
        return self.content(mean.astype(np.float32) + np.float32(parameters.offset))


class ToySuperbias(_Mean):
    """The mean of the first groups."""

    label = "toy_superbias"
    reftype = "superbias"
    ssbsteps = {"*": "dq_init, saturation"}  # noqa: RUF012 - as plugin authors write it
    measures = "Mean level of the first group."

    def content(self, mean):
        """Keep the first group."""
        return ReferenceData(
            {"data": mean[0], "err": np.zeros_like(mean[0])},
            {"UNRELIABLE_BIAS": np.zeros(mean.shape[1:], bool)},
            {"bunit_data": "DN"},
        )


class ToyDark(_Mean):
    """The mean ramp."""

    label = "toy_dark"
    reftype = "dark"
    ssbsteps = {"*": "dq_init, saturation, superbias, refpix"}  # noqa: RUF012
    measures = "Mean level of each group."

    def content(self, mean):
        """Keep all groups."""
        return ReferenceData(
            {"data": mean, "err": np.zeros_like(mean)},
            {"HOT": np.zeros(mean.shape[1:], bool)},
            {"exposure.type": "ANY"},
        )


class ToyMask(_Mean):
    """Pixels far above the others after the superbias is taken off."""

    label = "toy_mask"
    reftype = "mask"
    ssbsteps = {"*": "dq_init, saturation, superbias"}  # noqa: RUF012
    measures = "Pixels above 1000 DN."

    def content(self, mean):
        """Flag them."""
        return ReferenceData({}, {"DO_NOT_USE": mean[-1] > 1000})


@hookimpl
def mkrefs_creators():
    return (ToySuperbias, ToyDark, ToyMask)
