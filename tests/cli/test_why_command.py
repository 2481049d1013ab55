"""mkrefs why: the group of an exposure, or the rule that leaves it out."""


def names(paths):
    return [path.name.removesuffix("_uncal.fits") for path in paths]


def test_an_exposure_that_is_used_is_told_with_its_group(darks, mkrefs, tmp_path):
    first, second, third = darks("small")[:3]
    pairs = ("--pp", "readnoise", "imtypes", "DD")
    done = mkrefs("why", second, "readnoise", first, third, *pairs, cwd=tmp_path)
    assert done.stdout.strip() == f"readnoise: used: D2 of group 1 with {names([first])[0]}"
    assert list(tmp_path.iterdir()) == []


def test_an_exposure_that_is_left_out_is_told_with_the_reason(darks, mkrefs, tmp_path):
    first = darks("small")[0]
    done = mkrefs("why", first, "--pp", "readnoise", "imtypes", "DD", cwd=tmp_path)
    assert "readnoise: not used: 2 darks are needed" in done.stdout
    flats = mkrefs("why", first, "--pp", "readnoise", "imtypes", "F", cwd=tmp_path)
    assert "readnoise: not used: imtypes F takes no" in flats.stdout


def test_a_file_that_is_no_exposure_is_told_with_the_reason(mkrefs, tmp_path):
    done = mkrefs("why", tmp_path / "absent.fits", cwd=tmp_path)
    assert "readnoise: not used: does not exist" in done.stdout.splitlines()


def test_without_a_file_it_is_wrong_usage(mkrefs, tmp_path):
    done = mkrefs("why", cwd=tmp_path, status=2)
    assert "Missing argument 'FILE'" in done.stderr


def test_another_product_of_the_exposure_may_be_taken(mkrefs, tmp_path):
    from mkrefs.testing import MosaicSpec, simulate_mosaic, write_mosaic

    mosaic = simulate_mosaic(MosaicSpec(tiles=(1, 1), shape=(32, 32), stars=0))
    rate, cal = (write_mosaic(mosaic, tmp_path, product=product)[0] for product in ("rate", "cal"))
    done = mkrefs("why", rate, "subtract_median", cal, cwd=tmp_path)
    assert f"not used: {cal.name} is taken of its exposure: I1 of group 1" in done.stdout
    assert "subtract_median: used: I1" in mkrefs("why", cal, "subtract_median", rate, cwd=tmp_path).stdout
