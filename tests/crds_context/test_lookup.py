"""Reference files are chosen by the rules of CRDS, with files of one's own over the context in force."""

from pathlib import Path

import pytest

from mkrefs.crds_context import add_references, choose_references, create_context
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState


@pytest.fixture(scope="module")
def context(tmp_path_factory, make_reference):
    """A context with a gain and a read noise file for all read patterns, both of 2022."""
    folder = tmp_path_factory.mktemp("lookup") / "cache"
    create_context(folder)
    return add_references(folder, [make_reference("gain"), make_reference("readnoise")])


@pytest.fixture(scope="module")
def exposures(darks):
    """Two darks of NRCB1 SUB64P, read RAPID, of 2024."""
    return darks("small")[:2]


def chosen(context, exposures, *reftypes, **options):
    found = choose_references(context.state, exposures, reftypes, **options)
    assert list(found) == [str(path) for path in exposures]
    first = found[str(exposures[0])]
    assert all(choices == first for choices in found.values())
    return first


def snapshot(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*")) if path.is_file()}


def test_without_a_layer_the_context_gives_its_files_and_nothing_for_other_types(context, exposures):
    found = chosen(context, exposures, "gain", "superbias")
    assert (found["gain"].file, found["gain"].layered) == ("jwst_nircam_gain_0001.fits", False)
    assert (found["superbias"].file, found["superbias"].reason) == ("", "n/a")


def test_a_file_of_ones_own_takes_the_place_of_the_contexts_and_leaves_the_cache_alone(
    context, exposures, make_reference
):
    before = snapshot(context.path)
    own = make_reference("gain", "own_gain", fill=2.0)
    found = chosen(context, exposures, "gain", layer=[own])
    assert (found["gain"].file, found["gain"].layered) == (str(own), True)
    assert snapshot(context.path) == before


def test_useafter_detector_and_subarray_decide(context, exposures, make_reference):
    not_for_them = {
        "later": {"useafter": "2030-01-01T00:00:00"},
        "older": {"useafter": "2021-01-01T00:00:00"},
        "of_another_detector": {"instrument__detector": "NRCA1"},
        "of_another_subarray": {"subarray__name": "SUB160", "subarray__xsize": 160, "subarray__ysize": 160},
    }
    layer = [make_reference("gain", name, fill=2.0, **changes) for name, changes in not_for_them.items()]
    found = chosen(context, exposures, "gain", layer=layer)
    assert (found["gain"].file, found["gain"].layered) == ("jwst_nircam_gain_0001.fits", False)


def test_the_read_pattern_decides_where_the_context_has_no_file(tmp_path, exposures, make_reference):
    empty = create_context(tmp_path / "cache")
    layer = [
        make_reference("readnoise", f"noise_{pattern}", fill=number, exposure__readpatt=pattern)
        for number, pattern in enumerate(("BRIGHT1", "RAPID"), 1)
    ]
    assert chosen(empty, exposures, "readnoise", layer=layer)["readnoise"].file == str(layer[1])
    nothing = chosen(empty, exposures, "readnoise", layer=layer[:1])["readnoise"]
    assert nothing.file == ""
    assert nothing.reason not in ("", "n/a")


def test_the_latest_file_is_found_for_a_reference_file_itself(tmp_path, make_reference):
    folder = tmp_path / "cache"
    create_context(folder)
    files = [
        make_reference("gain", f"gain_{year}", fill=year, useafter=f"{year}-01-01T00:00:00")
        for year in (2022, 2028)
    ]
    context = add_references(folder, files)
    assert chosen(context, files[:1], "gain")["gain"].file == ""
    assert chosen(context, files[:1], "gain", latest=True)["gain"].file == context.added[1].name


def test_files_that_crds_cannot_tell_apart_are_refused_by_name(context, exposures, make_reference):
    own = make_reference("readnoise", "competing", exposure__readpatt="RAPID")
    with pytest.raises(
        UserError, match=r"competing\.fits.*READPATT RAPID and .*READPATT ANY, both equally well"
    ) as caught:
        choose_references(context.state, exposures, ["readnoise"], layer=[own])
    assert len(str(caught.value)) < 600


def test_without_a_context_there_are_no_rules(tmp_path, exposures):
    with pytest.raises(UserError, match="CRDS_PATH"):
        choose_references(CrdsState(str(tmp_path / "none")), exposures, ["gain"])
