"""The job that makes a final file from individual ones, on small files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.api import ExposureMetadata, ReferenceData, ReferenceParameters
from mkrefs.combination.work import combine
from mkrefs.errors import UserError
from mkrefs.jobs.making import CombineJob
from mkrefs.reference_files.fits_file import read_reference_file, write_reference_file
from mkrefs.reference_files.header import ReferenceHeader

SHAPE = (6, 8)
METADATA = ExposureMetadata(
    instrument="NIRCAM", detector="NRCA1", exp_type="NRC_DARK", readpatt="RAPID", subarray="SUB64P",
    xstart=1, ystart=1, xsize=8, ysize=6, fastaxis=-1, slowaxis=2, nints=1, ngroups=10, nframes=1,
    groupgap=0, frame_time=0.3, group_time=0.3, noutputs=1, channel="SHORT", module="A",
)  # fmt: skip


@pytest.fixture
def job(tmp_path):
    """Two superbias files, of 1 and 3 DN with different bad pixels, and the job that combines them."""
    flags = np.zeros((2, *SHAPE), bool)
    flags[0, 0, 0] = flags[1, 1, 1] = True
    for number, value in enumerate((1.0, 3.0)):
        data = np.full(SHAPE, value, np.float32)
        content = ReferenceData(
            arrays={"data": data, "err": data / 10},
            flags={"DO_NOT_USE": flags[number], "UNRELIABLE_BIAS": flags[0]},
            metadata={"bunit_data": "DN"},
        )
        header = ReferenceHeader("superbias", METADATA, ReferenceParameters(), ("made for a test",))
        write_reference_file(tmp_path / f"{number}.fits", content, header)
    return CombineJob(
        id="final",
        label="readnoise",
        reftype="superbias",
        combiner="mean",
        combiner_parameters={},
        individuals=tuple(str(tmp_path / f"{number}.fits") for number in (0, 1)),
        parameters={"author": "an author", "history": "the user's own line"},
        metadata=METADATA,
        output=str(tmp_path / "out" / "final.fits"),
        plugin="a distribution 1.0",
    )


def test_arrays_are_combined_and_flags_are_united(job):
    notes = combine(job, "0123abcd")
    data = read_reference_file(job.output, "superbias")
    np.testing.assert_allclose(data.arrays["data"][2:], 2.0)
    assert np.argwhere(data.flags["DO_NOT_USE"]).tolist() == [[0, 0], [1, 1]]
    assert np.argwhere(data.flags["UNRELIABLE_BIAS"]).tolist() == [[0, 0]]
    assert data.metadata == {"bunit_data": "DN"}
    assert all(isinstance(note, str) for note in notes)


def test_the_header_tells_what_was_combined_and_how(job):
    combine(job, "0123abcd")
    header = fits.getheader(job.output)
    history = list(header["HISTORY"])
    assert header["AUTHOR"] == "an author"
    assert header["REFTYPE"] == "SUPERBIAS"
    assert history[0] == "the user's own line"
    for line in (
        "Made by combiner mean (a distribution 1.0)",
        "  0.fits",
        "  1.fits",
        "Fingerprint: 0123abcd",
    ):
        assert line in history


def test_an_individual_file_that_is_gone_is_named(job, tmp_path):
    (tmp_path / "1.fits").unlink()
    with pytest.raises(UserError, match=r"1\.fits"):
        combine(job, "0123abcd")
    assert not (tmp_path / "out").exists()


def test_large_files_are_mapped_and_combined_to_the_same(job, tmp_path):
    metadata = replace(METADATA, xsize=800, ysize=600)
    rng = np.random.default_rng(1)
    values = rng.normal(10, 1, (2, 600, 800)).astype(np.float32)
    for path, data in zip(job.individuals, values, strict=True):
        content = ReferenceData(
            {"data": data, "err": np.full_like(data, 0.1)},
            metadata={"bunit_data": "DN"},
            extensions={"SCATTER": data + 5, "NSAMPLES": np.full_like(data, 9)},
        )
        header = ReferenceHeader("superbias", metadata, ReferenceParameters(), ("made for a test",))
        write_reference_file(Path(path), content, header)
    mapped = read_reference_file(Path(job.individuals[0]), "superbias", mapped=True)
    plain = read_reference_file(Path(job.individuals[0]), "superbias")
    assert mapped.metadata == plain.metadata
    for one, other in ((mapped.arrays, plain.arrays), (mapped.extensions, plain.extensions)):
        assert one.keys() == other.keys()
        for name, array in one.items():
            assert isinstance(array, np.memmap)
            np.testing.assert_array_equal(array, other[name])
    combine(replace(job, metadata=metadata), "0123abcd")
    made = read_reference_file(Path(job.output), "superbias")
    np.testing.assert_allclose(made.arrays["data"], values.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(made.extensions["SCATTER"], values.mean(axis=0) + 5, rtol=1e-6)
    assert (made.extensions["NSAMPLES"] == 18).all()
