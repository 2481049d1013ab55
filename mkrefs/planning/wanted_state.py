"""From an exposure that a label can use to the calibration that brings it into the state it needs."""

from mkrefs.instruments.exposure_header import present
from mkrefs.planning.calibrations import Calibration
from mkrefs.planning.candidates import Candidate
from mkrefs.planning.request import InputRequest


def wanted_state(candidate: Candidate, request: InputRequest) -> Calibration:
    """Give the calibration of an exposure into the state that a label needs.

    Parameters
    ----------
    candidate : Candidate
        The exposure, and what to start from.
    request : InputRequest
        The label.

    Returns
    -------
    Calibration
        With the reference files that any of its steps takes.
    """
    required, instrument = candidate.required, str(candidate.row["INSTRUME"])
    return Calibration(
        exposure=str(candidate.row["exposure"]),
        source=candidate.source,
        required=required,
        instrument=instrument,
        detector=str(candidate.row["DETECTOR"]),
        readpatt=str(present(candidate.row, "READPATT") or ""),
        overrides=tuple(
            (reftype, file)
            for reftype, file in sorted(request.overrides.items())
            if reftype in required.references
        ),
        layered=tuple(
            (reftype, layer.name)
            for reftype, layer in sorted(request.layers.items())
            if reftype in required.sure_references(instrument)
        ),
    )
