"""Names of delivered files: CRDS itself accepts them, and they are all different."""

from crds.core import config
from hypothesis import given, settings
from hypothesis import strategies as st

from mkrefs.delivery.names import Named, accepted, delivery_names

VALUES = {"DETECTOR": "NRCA1", "READPATT": "RAPID", "SUBARRAY": "SUB160", "USEAFTER": "2022-07-01T00:00:00"}
words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=70)
files = st.builds(
    Named,
    original=words.map(lambda text: f"{text}.fits"),
    reftype=st.sampled_from(["readnoise", "gain", "dark", "pictureframe"]),
    instrument=st.sampled_from(["NIRCAM", "NIRSPEC"]),
    keywords=st.dictionaries(st.sampled_from([*VALUES, "EXP_TYPE", "NOUTPUTS"]), words),
)


def named(original="x.final.fits", **changes):
    return Named(original, "readnoise", "NIRCAM", VALUES | changes)


@settings(max_examples=40)
@given(st.lists(files, min_size=1, max_size=5, unique_by=lambda file: file.original))
def test_crds_accepts_every_name_and_keeps_none_for_itself(found):
    names = delivery_names(found)
    assert len(set(names)) == len(found)
    for name in names:
        assert config.is_valid_reference_name(name)
        assert config.FILE_RE.match(name)
        assert not config.is_crds_name(name)
        assert accepted(name)


def test_a_name_tells_what_the_rules_select_by():
    assert delivery_names([named()]) == ("jwst_nircam_readnoise_nrca1_rapid_sub160.fits",)
    assert delivery_names([named(READPATT="ANY")]) == ("jwst_nircam_readnoise_nrca1_sub160.fits",)
    dark = Named("d.fits.fits", "dark", "NIRCAM", VALUES | {"EXP_TYPE": "NRC_DARK", "NOUTPUTS": "4"})
    assert delivery_names([dark]) == ("jwst_nircam_dark_nrca1_nrc_dark_noutputs4_sub160.fits",)


def test_a_name_that_crds_accepts_stays_and_one_that_it_assigns_does_not():
    assert delivery_names([named("our_noise_2.fits")]) == ("our_noise_2.fits",)
    taken = named("jwst_nircam_readnoise_0042.fits")
    assert delivery_names([taken]) == ("jwst_nircam_readnoise_nrca1_rapid_sub160.fits",)


def test_files_of_one_place_are_told_apart_by_useafter_and_then_by_their_old_names():
    later = named(USEAFTER="2023-01-01T00:00:00")
    stem = "jwst_nircam_readnoise_nrca1_rapid_sub160"
    assert delivery_names([named(), later]) == (f"{stem}_20220701.fits", f"{stem}_20230101.fits")
    alike = delivery_names([named("a.x.fits"), named("b.x.fits")])
    assert len(set(alike)) == 2
    assert all(name.startswith("jwst_nircam_readnoise_nrca1_rapid_sub160") for name in alike)


def test_files_of_one_name_in_several_folders_are_told_apart():
    alike = delivery_names([named("/a/our_noise_2.fits"), named("/b/our_noise_2.fits")])
    assert len(set(alike)) == 2
    dates = ["2022-07-01T00:00:00", "2023-01-01T00:00:00"]
    dated = delivery_names([named(f"/{day[:4]}/our_noise_2.fits", USEAFTER=day) for day in dates])
    assert dated == ("our_noise_2_20220701.fits", "our_noise_2_20230101.fits")
    files = [named(f"/{day[:4]}/our_noise_2.fits", USEAFTER=day) for day in dates]
    assert len(set(delivery_names([named("/a/our_noise_2_20220701.fits"), *files]))) == 3
