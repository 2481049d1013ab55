"""The folders of a run, from the configuration and from what is there already."""

import pytest

from mkrefs.config import Overrides
from mkrefs.factory.prepare import run_layout
from mkrefs.factory.settings import known_labels, read_config
from mkrefs.registry.plugins import load_plugins


@pytest.fixture
def layout(tmp_path):
    def of(*, new_run=False, **output):
        section = [("output", key, str(value)) for key, value in {"outrootdir": tmp_path, **output}.items()]
        overrides = Overrides(section=tuple(section))
        config = read_config(None, (), overrides, load_plugins(), reserved=(), requested=())
        return run_layout(config, new_run=new_run)

    return of


def test_the_first_run_is_number_one(layout, tmp_path):
    assert layout().folder == tmp_path / "001"
    assert layout(outsubdir="sub", runIDNdigits=5).folder == tmp_path / "sub" / "00001"
    assert layout(runID=12).folder == tmp_path / "012"


def test_auto_goes_on_with_the_latest_run_unless_a_new_one_is_asked_for(layout, tmp_path):
    for name in ("002", "010", "notes", "0x3"):
        (tmp_path / name).mkdir()
    (tmp_path / "099").touch()  # no folder
    assert layout().run_id == "010"
    assert layout(new_run=True).run_id == "011"
    assert layout(runIDNdigits=4).run_id == "010"  # the same run, however it would be written now


def test_products_lie_in_the_run_beside_it_or_anywhere(layout, tmp_path):
    assert layout().products == tmp_path / "001" / "ssb"
    assert layout(skip_runID_ssbdir=True).products == tmp_path / "ssb"
    assert layout(ssbdir=tmp_path / "anywhere").products == tmp_path / "anywhere"


def test_labels_are_those_installed_and_those_the_configuration_speaks_of(tmp_path):
    main = tmp_path / "main.yml"
    main.write_text("reflabels: [mine]\nother: {reftype: gain, imtypes: D}\n")
    overrides = Overrides(everywhere=(("clipping_sigma", "4"),))  # a key of a label that is not asked for yet
    labels = known_labels(main, (), overrides, load_plugins(), ())
    assert {"readnoise", "mine", "other"} <= set(labels)


def test_a_reference_type_stands_for_its_default_label_under_all_its_names(tmp_path):
    main = tmp_path / "main.yml"
    main.write_text("default_reflabels:\n  rdnoise: mine\n  bpm: masks\n")
    labels = known_labels(main, (), Overrides(), load_plugins(), ())
    assert (labels["bpm"], labels["mask"], labels["rdnoise"]) == ("masks", "masks", "mine")
    assert labels["readnoise"] == "readnoise"  # a label goes before a type of its name
