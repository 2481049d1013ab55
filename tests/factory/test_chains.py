"""`images_from` names a correction of the same run; what cannot be is a mistake of the configuration."""

import pytest

from mkrefs.api import CorrectedImages, Creator, ImageCorrection, ImageCreator, ReferenceData, hookimpl
from mkrefs.config import ConfigError, Overrides
from mkrefs.errors import UserError
from mkrefs.factory.makers import with_makers
from mkrefs.factory.requests import request_for
from mkrefs.factory.settings import read_config
from mkrefs.planning.request import CorrectionRequest, LabelRequest
from mkrefs.registry.plugins import load_plugins


def correction(name):
    return type(
        name.title(),
        (ImageCorrection,),
        {
            "__doc__": "Takes a shade off.",
            "label": name,
            "measures": "A shade.",
            "correct": lambda *_: CorrectedImages({}),
        },
    )


def creator(name, base, imtypes, steps):
    declared = {"label": name, "reftype": "flat", "imtypes": imtypes, "ssbsteps": {"*": steps}, "unit": "1"}
    return type(
        name.title(),
        (base,),
        {"__doc__": "A flat.", **declared, "measures": "x", "create": lambda *_: ReferenceData({})},
    )


class Plugin:
    @hookimpl
    def mkrefs_corrections(self):
        return [correction(name) for name in ("one", "two", "three")]

    @hookimpl
    def mkrefs_creators(self):
        return [
            creator("of_images", ImageCreator, "I+", "photom-"),
            creator("of_ramps", Creator, "F+", "refpix-"),
        ]


@pytest.fixture(scope="module")
def plugins():
    return load_plugins([("mine", Plugin())])


@pytest.fixture
def requests(tmp_path, plugins):
    """Give the settled requests of labels, by label."""

    def of(text, *labels):
        path = tmp_path / "main.yml"
        path.write_text(text)
        config = read_config(path, (), Overrides(), plugins, reserved=(), requested=labels)
        asked = [request_for(label, config, plugins) for label in labels]
        return {each.label: each for each in with_makers(asked, config, plugins, ("NIRCAM",))}

    return of


def test_a_chain_ends_in_a_creator_of_images(requests):
    text = "two: {images_from: one}\nof_images: {images_from: two}\n"
    found = requests(text, "of_images", "two", "one")
    assert {label: each.images_from for label, each in found.items()} == {
        "one": "", "two": "one", "of_images": "two"
    }  # fmt: skip
    assert isinstance(found["one"], CorrectionRequest)
    assert isinstance(found["of_images"], LabelRequest)
    assert (found["one"].planes, found["of_images"].planes) == ("exposure", "exposure")


def test_without_a_word_each_takes_the_exposures_own_images(requests):
    assert [each.images_from for each in requests("", "one", "two").values()] == ["", ""]


@pytest.mark.parametrize(
    ("text", "labels", "message"),
    [
        (
            "two: {images_from: one}",
            ["two"],
            "yml:1: two.images_from: 'one' is not made in this run; ask for",
        ),
        ("two: {images_from: on}", ["two"], "two.images_from: 'on' is no correction; .*did you mean 'one'"),
        (
            "two: {images_from: of_images}",
            ["two", "of_images"],
            "'of_images' is no correction; installed are",
        ),
        ("two: {images_from: two}", ["two"], "'two' cannot take its own images"),
        (
            "one: {images_from: two}\ntwo: {images_from: one}",
            ["one", "two"],
            r"images_from: goes in a circle: (one needs two, two needs one|two needs one, one needs two)",
        ),
        ("of_ramps: {images_from: one}", ["of_ramps", "one"], "of_ramps measures ramps and takes no images"),
        ("one: {combiner: mean}", ["one"], "one.combiner: unknown key 'combiner'"),
        (
            "one: {ssbsteps: refpix-}",
            ["one"],
            "before ramp_fit an exposure is no image yet",
        ),
    ],
)
def test_what_cannot_be_is_told_with_its_place(requests, text, labels, message):
    with pytest.raises(UserError, match=message):
        requests(text, *labels)


def test_corrected_images_need_no_reference_files_of_their_own(requests):
    text = "reffile4ssb: {superbias: SELF}\ntwo: {images_from: one}\n"
    with pytest.raises(ConfigError, match="SELF, wanted by label 'one'"):
        requests(text, "one", "two")
