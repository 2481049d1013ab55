"""The creators of jwst_reffiles, from FITS to FITS; run under the interpreter of its own environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from serving import serve


def readnoise(given: Mapping[str, Any]) -> None:
    """Make a read noise file; method and processes are given."""
    from jwst_reffiles.readnoise.readnoise import make_readnoise

    nproc = given["cores"] if given["parallel"] else 1
    make_readnoise(list(given["ramps"]), method=given["method"], nproc=nproc, outfile=_output(given))


def superbias(given: Mapping[str, Any]) -> None:
    """Make a superbias file."""
    from jwst_reffiles.superbias.superbias import make_superbias

    make_superbias(list(given["ramps"]), outfile=_output(given))


def dark(given: Mapping[str, Any]) -> None:
    """Make a dark file; all groups are in memory at once."""
    from jwst_reffiles.dark_current.dark_reffile import Dark

    Dark(
        file_list=list(given["ramps"]),
        max_equivalent_groups=given["equivalent_groups"],
        pedigree="GROUND",
        descrip="A benchmark",
        author="benchmarks",
        use_after="2000-01-01T00:00:00",
        history="Made by a benchmark.",
        output_file=_output(given),
    )


def badpix_from_flats(given: Mapping[str, Any]) -> None:
    """Make a mask from the slopes of flats."""
    from jwst_reffiles.bad_pixel_mask.badpix_from_flats import find_bad_pix

    find_bad_pix(
        [images["rateints"] for images in given["images"]],
        manual_flag_file="",
        quality_check=False,
        description="A benchmark",
        history="Made by a benchmark.",
        output_file=_output(given),
    )


def badpix_from_darks(given: Mapping[str, Any]) -> None:
    """Find the bad pixels of darks; it writes them by class."""
    from jwst_reffiles.dark_current.badpix_from_darks import find_bad_pix

    flags = {"hot": ["HOT"], "rc": ["RC"], "low_pedestal": ["OTHER_BAD_PIXEL"], "high_cr": ["TELEGRAPH"]}
    find_bad_pix(
        [images["rateints"] for images in given["images"]],
        jump_filenames=list(given["ramps"]),
        fitopt_filenames=[images["fitopt"] for images in given["images"]],
        flag_values=flags,  # which it changes
        outfile=_output(given),
    )


def _output(given: Mapping[str, Any]) -> str:
    """Give where to write; whatever else is written goes there, too."""
    output = Path(given["output"])
    os.chdir(output.parent)
    output.unlink(missing_ok=True)
    return str(output)


if __name__ == "__main__":
    serve(
        {
            "readnoise": readnoise,
            "superbias": superbias,
            "dark": dark,
            "badpix_from_flats": badpix_from_flats,
            "badpix_from_darks": badpix_from_darks,
        },
        ("jwst_reffiles", "jwst", "astropy", "numpy"),
    )
