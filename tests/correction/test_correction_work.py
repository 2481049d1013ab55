"""A correction job: images, report, figures and further files; nothing if the contract is broken."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.api import CorrectedImage, CorrectedImages, Curves, StatusChange, UserError
from mkrefs.images.fits_image import FitsImage
from mkrefs.jobs.correcting import ImageInput

CURVES = Curves("Levels", "image", "level (MJy/sr)", np.arange(2.0), {"level": np.ones(2)})


def add_step(images, parameters, folder):
    return CorrectedImages(
        images={
            role: CorrectedImage(
                arrays={"data": images[role].array("data") + np.float32(parameters.step)},
                results={"level (MJy/sr)": np.float32(0.5), "rms": math.nan},
                history=(f"level of {images[role].exposure} 0.5",),
            )
            for role in ("I1", "I2")
        },
        results={"iterations": 3, "chi2": np.inf, "matrix": np.eye(2)},
        history=("levels solved together",),
    )


def history(path):
    return list(fits.getheader(path)["HISTORY"])


def test_images_and_report_are_written(run):
    job, notes = run(add_step)
    for each, value in zip(job.images, (1.5, 2.5, 3.0), strict=True):
        image = FitsImage(Path(each.output))
        np.testing.assert_allclose(np.delete(image.array("data").ravel(), 3 * 32 + 4), value)
        assert np.isnan(image.array("data")[3, 4])
    report = json.loads(Path(job.report).read_text())
    assert list(report) == [
        "mkrefs_correction", "label", "plugin", "parameters", "steps", "images", "results", "history",
        "warnings", "figures", "files",
    ]  # fmt: skip
    assert report["steps"] == ["photom", "outlier_detection"]
    assert report["results"] == {"iterations": 3, "chi2": None, "matrix": [[1.0, 0.0], [0.0, 1.0]]}
    nothing = {"fill": 0, "blank": 0, "flag": 0, "unflag": 0}
    assert report["images"][0] == {
        "role": "I1", "exposure": "jw1", "input": "jw1_cal.fits", "output": "jw1_cal.fits",
        "results": {"level (MJy/sr)": 0.5, "rms": None}, "status": nothing, "history": ["level of jw1 0.5"],
    }  # fmt: skip
    assert (report["images"][2]["results"], report["images"][2]["status"]) == ({}, nothing)
    assert notes == (
        "levels solved together",
        "I1 (jw1_cal.fits): level of jw1 0.5",
        "I2 (jw2_cal.fits): level of jw2 0.5",
    )
    folder = Path(job.report).parent
    assert sorted(path.name for path in folder.iterdir()) == [
        "jw1_cal.fits", "jw2_cal.fits", "jw3_cal.fits", "toy.cmd1.correction.json",
    ]  # fmt: skip


def test_history_tells_what_was_done_with_what(run):
    job, _ = run(add_step)
    lines = history(job.images[0].output)
    for line in (
        "Made by toy (toys 1.0)",
        "  I3: jw3_cal.fits",
        "Calibration state: outlier_detection",
        "Not told by the headers: photom",
        "This is I1",
        "level of jw1 0.5",
        "levels solved together",
        "  step: 0.5",
        f"Fingerprint: {'f' * 32}",
    ):
        assert line in lines
    assert "This is I3, in which nothing was changed" in history(job.images[2].output)


def test_figures_and_further_files_are_kept_and_replaced_as_a_whole(run):
    def with_files(names, **figures):
        def correct(images, parameters, folder):
            assert list(folder.iterdir()) == []
            for name in names:
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text(name)
            return CorrectedImages({}, figures=figures)

        return correct

    job, _ = run(with_files(["a.txt", "deep/b.txt"], levels=CURVES))
    folder = Path(job.report).parent
    report = json.loads(Path(job.report).read_text())
    assert report["figures"] == {"levels": "toy.cmd1.levels.png"}
    assert (folder / "toy.cmd1.levels.png").read_bytes().startswith(b"\x89PNG")
    assert report["files"] == ["a.txt", "deep/b.txt"]
    run(with_files(["c.txt"]))
    assert [path.name for path in (folder / "toy.cmd1.files").rglob("*")] == ["c.txt"]
    run(with_files([]))
    assert not (folder / "toy.cmd1.files").exists()


def test_warnings_are_notes_and_in_history_and_report(run):
    job, notes = run(lambda *_: CorrectedImages({}, warnings=("tile I3 overlaps nothing",)))
    assert notes[-1] == "warning: tile I3 overlaps nothing"
    assert "tile I3 overlaps nothing" in history(job.images[2].output)
    assert json.loads(Path(job.report).read_text())["warnings"] == ["tile I3 overlaps nothing"]


def blank_and_flag(images, parameters, folder):
    made = {}
    for role, image in images.items():
        data, dq = image.array("data").copy(), np.zeros(image.shape, np.uint32)
        data[3, 4], data[0, :2], dq[0, :3] = 7.0, np.nan, 1 | 4
        made[role] = CorrectedImage(arrays={"data": data, "dq": dq})
    return CorrectedImages(made)


def test_declared_changes_of_standing_are_counted_and_told(run):
    job, notes = run(blank_and_flag, allowed=tuple(StatusChange))
    report = json.loads(Path(job.report).read_text())
    assert report["images"][0]["status"] == {"fill": 1, "blank": 2, "flag": 3, "unflag": 1}
    assert report["images"][2]["status"] == {"fill": 1, "blank": 2, "flag": 3, "unflag": 0}
    told = "1 NaN value filled, 2 numbers made NaN, 3 pixels given DO_NOT_USE, 1 pixel freed of DO_NOT_USE"
    assert f"I1 (jw1_cal.fits): {told}" in notes
    assert "Standing of pixels: 1 NaN value filled" in " ".join(history(job.images[0].output))


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (StatusChange.FILL, "there are 1 NaN value filled, and StatusChange.FILL is not"),
        (StatusChange.BLANK, "there are 2 numbers made NaN, and StatusChange.BLANK is not"),
        (StatusChange.FLAG, "there are 3 pixels given DO_NOT_USE, and StatusChange.FLAG is not"),
        (StatusChange.UNFLAG, "there are 1 pixel freed of DO_NOT_USE, and StatusChange.UNFLAG is not"),
    ],
)
def test_silent_changes_of_standing_fail_the_job_and_nothing_is_written(run, tmp_path, missing, said):
    with pytest.raises(UserError, match=rf"^toy \(toys 1\.0\): in I1 \(jw1_cal\.fits\) {said}"):
        run(blank_and_flag, allowed=tuple(set(StatusChange) - {missing}))
    assert list((tmp_path / "run" / "toy").iterdir()) == []


def test_what_single_precision_does_not_hold_is_a_silent_change_too(run):
    def correct(images, *_):
        too_much = images["I1"].array("data") * np.float64(1e39)
        return CorrectedImages({"I1": CorrectedImage({"data": too_much})})

    with pytest.raises(UserError, match=r"767 numbers made NaN, and StatusChange.BLANK is not among"):
        run(correct)


def test_if_one_image_cannot_be_made_none_is_replaced(run, tmp_path):
    def correct(images, *_):
        return CorrectedImages({"I2": CorrectedImage(metadata={"instrument.filter": "F1"})})

    run(add_step)
    before = (tmp_path / "run" / "toy" / "jw1_cal.fits").read_bytes()
    with pytest.raises(UserError, match=r"sets the metadata 'instrument\.filter'"):
        run(correct)
    assert (tmp_path / "run" / "toy" / "jw1_cal.fits").read_bytes() == before


def test_history_tells_of_changes_of_place_and_metadata(run):
    changed = CorrectedImage(shift=(1.5, -0.25), pad=(1, 2, 3, 4), metadata={"target.proposer_name": "M 1"})
    job, _ = run(lambda *_: CorrectedImages({"I2": changed}))
    said = " ".join(line.strip() for line in history(job.images[1].output))
    assert "Moved by 1.5 and -0.25 pixels along x and y, and the WCS with it" in said
    assert "Pixels added: 1 on the left, 2 right, 3 at the bottom, 4 at the top" in said
    assert "Metadata set: target.proposer_name" in said
    assert not any(line.startswith("Moved") for line in history(job.images[0].output))


def test_links_among_the_further_files_may_lead_nowhere(run):
    def correct(images, parameters, folder):
        (folder / "table.txt").write_text("1")
        (folder / "link").symlink_to("/no/such/place")
        return CorrectedImages({})

    job, _ = run(correct)
    assert json.loads(Path(job.report).read_text())["files"] == ["table.txt"]


def test_pixels_added_around_an_image_have_no_standing_to_lose(run):
    def padded(images, parameters, folder):
        data = np.pad(images["I1"].array("data"), ((1, 2), (3, 4)), constant_values=np.nan)
        return CorrectedImages(
            {
                "I1": CorrectedImage(arrays={"data": data}, pad=(3, 4, 1, 2)),
                "I2": CorrectedImage(pad=(1, 1, 1, 1)),
            }
        )

    job, _ = run(padded)
    image = FitsImage(Path(job.images[0].output))
    assert (image.shape, image.array("dq")[0, 0], image.array("dq")[6, 9]) == ((27, 39), 1, 1)
    assert FitsImage(Path(job.images[1].output)).shape == (26, 34)


def test_cubes_are_taken_by_corrections_of_integrations_alone(run, tmp_path):
    path = tmp_path / "jw4_calints.fits"
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.ones((2, 4, 5)), name="SCI")]).writeto(path)
    images = (ImageInput("I1", "jw4", str(path), str(tmp_path / "run" / path.name)),)
    with pytest.raises(
        UserError, match=r"toy takes images of whole exposures, and jw4_calints.fits is a cube of 2"
    ):
        run(lambda *_: CorrectedImages({}), images=images)

    def blank(images, parameters, folder):
        data = images["I1"].array("data").copy()
        data[:, 0, 0] = np.nan
        return CorrectedImages({"I1": CorrectedImage(arrays={"data": data})})

    job, _ = run(blank, images=images, planes="integrations", allowed=(StatusChange.BLANK,))
    assert json.loads(Path(job.report).read_text())["images"][0]["status"]["blank"] == 2


def test_a_chain_of_corrections_works_on_what_the_first_made(run):
    job, _ = run(add_step)
    again = tuple(replace(each, path=each.output, output=f"{each.output[:-5]}_2.fits") for each in job.images)
    second, _ = run(add_step, images=again)
    np.testing.assert_allclose(FitsImage(Path(second.images[0].output)).array("data")[0], 2.0)
    assert history(second.images[0].output).count("Made by toy (toys 1.0)") == 2
