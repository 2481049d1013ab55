import gzip
import itertools
import os
import shutil
from pathlib import Path

import pytest

from mkrefs.catalog import CatalogRules, build_catalog
from mkrefs.errors import UserError

DOCUMENTED = CatalogRules(
    dark_pattern="Bias|Dark|BIAS|DARK|ZERO",
    flat_pattern="GAIN|LIN",
    basenamepattern="(.*)_uncal.fits$",
    dateobs_fitskey="DATE-END",
    timeobs_fitskey="TIME-END",
    requiredfitskeys=("INSTRUME", "DETECTOR", "NGROUPS", "NINTS", "TGROUP", "SUBARRAY"),
    optionalfitskeys=("FILTER", "PUPIL"),
    instrument="NIRCam",
)
FLIGHT = CatalogRules(instrument="NIRCAM")


def rows(paths, rules=FLIGHT):
    table = build_catalog(paths, rules).table
    return {Path(row["file"]).name: row for row in table.to_dict("records")}


def skipped(paths, rules=FLIGHT):
    return {Path(file).name: reason for file, reason in build_catalog(paths, rules).skipped.items()}


def test_a_documented_ground_test_dark(write_exposure):
    path = write_exposure("NRCNRCA1-DARK-1_uncal.fits", EXP_TYPE="UNKNOWN", NFRAMES=1, S_DQINIT="COMPLETE")
    (row,) = rows([path], DOCUMENTED).values()
    assert row["file"] == path
    assert (row["exposure"], row["product"], row["imtype"], row["skip"]) == (
        "NRCNRCA1-DARK-1",
        "uncal",
        "D",
        "",
    )
    assert row["mjd"] == 59642.25
    status = Path(path).stat()
    assert (row["size"], row["mtime_ns"]) == (status.st_size, status.st_mtime_ns)
    assert (row["INSTRUME"], row["NGROUPS"], row["TGROUP"], row["NFRAMES"]) == ("NIRCAM", 3, 0.35, 1)
    assert type(row["NGROUPS"]) is int
    assert row["S_DQINIT"] == "COMPLETE"
    assert row["FILTER"] is None


def test_flight_files_are_typed_by_their_header(write_exposure):
    paths = [
        write_exposure("jw1_nrca1_uncal.fits", seed=1),
        write_exposure("jw2_nrca1_uncal.fits", EXP_TYPE="NRC_LED"),
        write_exposure("jw3_nrca1_uncal.fits", EXP_TYPE="NRC_IMAGE"),
        write_exposure("jw4_nrca1_uncal.fits", EXP_TYPE="NRC_TACQ"),
        write_exposure("jw5_nrca1_uncal.fits", EXP_TYPE=None),
    ]
    found = rows(paths)
    assert [found[f"jw{number}_nrca1_uncal.fits"]["imtype"] for number in range(1, 6)] == [
        "D",
        "F",
        "I",
        "",
        "",
    ]
    reason = "its image type is unknown: no pattern matches its name, and "
    assert skipped(paths) == {
        "jw4_nrca1_uncal.fits": f"{reason}its EXP_TYPE NRC_TACQ is none of a dark, flat or image",
        "jw5_nrca1_uncal.fits": f"{reason}it has no EXP_TYPE",
    }


def test_empty_patterns_match_nothing(write_exposure):
    path = write_exposure("x_uncal.fits")
    rules = CatalogRules(
        dark_pattern="", flat_pattern="", basenamepattern="", mjdobs_fitskey="", instrument=""
    )
    assert rows([path], rules)["x_uncal.fits"]["imtype"] == "D"


def test_bad_files_are_named_with_the_reason_and_never_fatal(write_exposure, tmp_path):
    good = Path(write_exposure("good_uncal.fits"))
    whole = good.read_bytes()
    (tmp_path / "empty.fits").touch()
    (tmp_path / "text.fits").write_text("SIMPLE is what this is not")
    (tmp_path / "short.fits").write_bytes(whole[:-1])
    (tmp_path / "shorter.fits").write_bytes(whole[:5000])
    (tmp_path / "shortest.fits").write_bytes(whole[:1000])
    (tmp_path / "damaged.fits").write_bytes(
        whole.replace(b"NAXIS1  =                   64", b"NAXIS1  =                  bad")
    )
    (tmp_path / "headers.fits").write_bytes(whole[:2880])
    (tmp_path / "endless.fits").write_bytes(whole[:80] + b" " * 2880 * 1001)
    (tmp_path / "folder.fits").mkdir()
    (tmp_path / "dangling.fits").symlink_to("nowhere")
    (tmp_path / "loop.fits").symlink_to("loop.fits")
    os.mkfifo(tmp_path / "fifo.fits")
    paths = [str(path) for path in tmp_path.iterdir()]
    found = skipped([*paths, str(tmp_path / "absent.fits"), str(tmp_path / "no*such.fits")])
    assert found == {
        "empty.fits": "empty",
        "text.fits": "not a FITS file",
        "short.fits": f"truncated: its headers announce {len(whole)} bytes, it has {len(whole) - 1}",
        "shorter.fits": "truncated: it ends within a header",
        "shortest.fits": "truncated: it ends within a header",
        "damaged.fits": "damaged header: NAXIS1 is missing or not a number",
        "headers.fits": "no image in it, neither in an extension SCI nor in its primary HDU",
        "endless.fits": "not a FITS file: a header has no END",
        "folder.fits": "a directory",
        "dangling.fits": "a link to a file that does not exist",
        "loop.fits": "cannot be read: Too many levels of symbolic links",
        "fifo.fits": "not a regular file",
        "absent.fits": "does not exist",
        "no*such.fits": "does not exist, nor does any file match it as a pattern",
    }
    assert len(build_catalog([str(good)], FLIGHT).used) == 1


def test_a_file_without_permission(write_exposure, mkrefs, unprivileged):
    path = Path(write_exposure("x_uncal.fits"))
    path.chmod(0)
    done = mkrefs("plan", "readnoise", path, before=unprivileged)
    assert f"skipped {path}: cannot be read: Permission denied" in done.stdout


def test_pixels_are_never_read(write_exposure):
    path = Path(write_exposure("big_uncal.fits"))
    header = path.read_bytes()[: 2 * 2880].replace(
        b"NAXIS2  =                    8", b"NAXIS2  =             80000000"
    )
    path.write_bytes(header)
    pixels = 2 * 64 * 80000000 * 3
    os.truncate(path, 2 * 2880 + -(-pixels // 2880) * 2880)
    assert rows([str(path)])["big_uncal.fits"]["imtype"] == "D"


def test_keywords_may_stand_in_the_science_header_and_the_primary_wins(write_exposure):
    path = write_exposure("x_uncal.fits", TGROUP=None, science={"TGROUP": 1.5, "NGROUPS": 99, "MY_KEY": True})
    rules = CatalogRules(requiredfitskeys=("tgroup",), optionalfitskeys=("MY_KEY", "NOT_THERE"))
    row = rows([path], rules)["x_uncal.fits"]
    assert (row["TGROUP"], row["NGROUPS"], row["MY_KEY"], row["NOT_THERE"]) == (1.5, 3, True, None)


def test_all_files_lacking_required_keywords_are_named_at_once(write_exposure, tmp_path):
    (tmp_path / "empty_uncal.fits").touch()
    paths = [
        write_exposure("a_uncal.fits", TGROUP=None),
        write_exposure("b_uncal.fits", TGROUP=None, NINTS=None),
        write_exposure("c_uncal.fits"),
        write_exposure("science_uncal.fits", TGROUP=None, EXP_TYPE="NRC_WFSS"),
        write_exposure("other_uncal.fits", TGROUP=None, INSTRUME="MIRI"),
        str(tmp_path / "empty_uncal.fits"),
    ]
    rules = CatalogRules(requiredfitskeys=("NINTS", "TGROUP"), instrument="NIRCAM")
    expected = (
        f"2 of 6 files lack keywords: {paths[0]} (TGROUP); {paths[1]} (NINTS, TGROUP); leave these files out"
    )
    with pytest.raises(UserError) as raised:
        build_catalog(paths, rules)
    assert expected in str(raised.value)


def test_a_long_list_of_files_lacking_keywords_is_cut(write_exposure):
    paths = [write_exposure(f"x{number:02d}_uncal.fits", TGROUP=None) for number in range(23)]
    with pytest.raises(UserError, match=r"23 of 23 files .*x19_uncal.fits \(TGROUP\); and 3 more; "):
        build_catalog(paths, CatalogRules(requiredfitskeys=("TGROUP",)))


def test_malformed_cards_count_as_missing(write_exposure):
    path = Path(write_exposure("x_uncal.fits", NFRAMES=12345, FILTER="ABCDE", PUPIL="  "))
    text = (
        path.read_bytes()
        .replace(b"               12345", b"       12 3,4.5abc@@")
        .replace(b"'ABCDE   '", b"'ABCDE    ")
    )
    path.write_bytes(text)
    row = rows([str(path)])["x_uncal.fits"]
    assert (row["NFRAMES"], row["FILTER"], row["PUPIL"], row["skip"]) == (None, None, None, "")


def test_other_instruments_and_names_are_skipped(write_exposure):
    paths = [
        write_exposure("a_uncal.fits", INSTRUME="MIRI"),
        write_exposure("b_uncal.fits", INSTRUME=None),
        write_exposure("c_DARK_rate.fits"),
        write_exposure("d_DARK_uncal.fits"),
    ]
    assert skipped(paths, DOCUMENTED) == {
        "a_uncal.fits": "its INSTRUME is MIRI, not NIRCAM",
        "b_uncal.fits": "its INSTRUME is missing, not NIRCAM",
        "c_DARK_rate.fits": "its name does not match basenamepattern (.*)_uncal.fits$",
    }


def test_a_file_without_time_says_what_was_looked_for(write_exposure):
    path = write_exposure("x_DARK_uncal.fits", EXPSTART=None, DATE_OBS=None)
    assert skipped([path], DOCUMENTED) == {
        "x_DARK_uncal.fits": "it has no time: none of DATE-END, TIME-END, EXPSTART, DATE-BEG, DATE-OBS, "
        "TIME-OBS, MJD-BEG, MJD-AVG gives one"
    }


def test_duplicates_stay_once(write_exposure, tmp_path):
    path = write_exposure("b_uncal.fits")
    os.link(path, tmp_path / "hard_uncal.fits")
    (tmp_path / "a_link_uncal.fits").symlink_to(path)
    shutil.copy(path, tmp_path / "copy_uncal.fits")
    same_header = write_exposure("other_uncal.fits", seed=1)
    expected = {
        "hard_uncal.fits": f"the same file as {path}",
        "a_link_uncal.fits": f"the same file as {path}",
        "copy_uncal.fits": f"a copy of {path}",
    }
    paths = [path, same_header, *(str(tmp_path / name) for name in expected)]
    for order in (paths, paths[::-1]):
        assert skipped(order) == expected


def test_copies_that_differ_between_the_samples_are_no_duplicates(write_exposure, tmp_path):
    path = Path(write_exposure("a_uncal.fits"))
    data = bytearray(path.read_bytes() + bytes(2880 * 400))
    path.write_bytes(data)
    data[500000] = 1
    (tmp_path / "b_uncal.fits").write_bytes(data)
    assert skipped([str(path), str(tmp_path / "b_uncal.fits")]) == {}


def test_a_file_given_twice_has_two_rows(write_exposure, monkeypatch):
    path = write_exposure("x_uncal.fits")
    monkeypatch.chdir(Path(path).parent)
    table = build_catalog([path, "x_uncal.fits", "./x_uncal.fits"], FLIGHT).table
    assert table["skip"].tolist() == ["", "given twice", "given twice"]


def test_rows_do_not_depend_on_the_order_of_the_arguments(write_exposure, tmp_path):
    (tmp_path / "z.fits").touch()
    paths = [
        write_exposure("b/x_uncal.fits", EXPSTART=59643.0, seed=1),
        write_exposure("a/x_uncal.fits", EXPSTART=59644.0, seed=2),
        write_exposure("a/y_uncal.fits", EXPSTART=59641.0, seed=3),
        str(tmp_path / "z.fits"),
    ]
    tables = [build_catalog(order, FLIGHT).table for order in itertools.permutations(paths)]
    assert all(table.equals(tables[0]) for table in tables)
    assert tables[0]["file"].tolist() == [paths[2], paths[0], paths[1], paths[3]]


def test_products_of_one_exposure_share_its_name(write_exposure):
    paths = [
        write_exposure("raw/jw1_uncal.fits"),
        write_exposure("raw/jw1_refpixstep.fits", S_REFPIX="COMPLETE"),
        write_exposure("products/jw1_dark_current.fits", S_DARK="COMPLETE"),
        write_exposure("later/jw1_uncal.fits", EXPSTART=59700.0),
    ]
    found = build_catalog(paths, FLIGHT).used.set_index("file")["exposure"]
    assert found[paths[0]] == found[paths[1]] == found[paths[2]] != found[paths[3]]


def test_one_file_per_product_of_an_exposure(write_exposure):
    paths = [write_exposure("run_1_uncal.fits"), write_exposure("run_2_uncal.fits", seed=1)]
    rules = CatalogRules(basenamepattern=r"(run)_\d_uncal\.fits")
    assert skipped(paths, rules) == {
        "run_2_uncal.fits": f"its exposure name run is that of {paths[0]} already"
    }


def test_one_exposure_does_not_mix_headers(write_exposure):
    paths = [write_exposure("x_rate.fits", DETECTOR="NRCB1"), write_exposure("x_uncal.fits")]
    assert skipped(paths) == {"x_uncal.fits": f"its exposure name x is that of {paths[0]} already"}


def test_compressed_files(write_exposure, tmp_path):
    path = Path(write_exposure("x_uncal.fits"))
    packed = gzip.compress(path.read_bytes())
    (tmp_path / "y_uncal.fits.gz").write_bytes(packed)
    (tmp_path / "z_uncal.fits.gz").write_bytes(packed[:40])
    found = rows([str(tmp_path / "y_uncal.fits.gz")], CatalogRules(basenamepattern="(.*)_uncal.fits$"))
    assert (found["y_uncal.fits.gz"]["exposure"], found["y_uncal.fits.gz"]["product"]) == ("y", "uncal")
    (reason,) = skipped([str(tmp_path / "z_uncal.fits.gz")]).values()
    assert reason.startswith("cannot be read: ")


def test_an_empty_catalog_has_all_columns():
    table = build_catalog([], CatalogRules(optionalfitskeys=("MY_KEY",))).table
    assert len(table) == 0
    assert list(table.columns)[:5] == ["file", "exposure", "product", "imtype", "axes"]
    assert list(table.columns)[5:8] == ["mjd", "size", "mtime_ns"]
    assert list(table.columns)[-2:] == ["MY_KEY", "skip"]


def test_rules_refuse_what_is_no_regular_expression():
    with pytest.raises(UserError, match=r"flat_pattern: '\(' is not a regular expression"):
        CatalogRules(flat_pattern="(")
