"""Corrections and creators of images enter by the same door as creators, by the same rules."""

import pytest

from mkrefs.api import CorrectedImages, ImageCorrection, ImageCreator, ReferenceData, hookimpl
from mkrefs.errors import UserError
from mkrefs.registry.plugins import load_plugins


class Shade(ImageCorrection):
    """Takes a shade off."""

    label = "shade"
    measures = "A shade."

    def correct(self, images, parameters, folder):
        return CorrectedImages({})


class Sky(ImageCreator):
    """Makes a flat of images."""

    label, reftype, imtypes, unit, measures = "my_sky", "flat", "I+", "1", "The sky."
    ssbsteps = {"*": "photom-"}  # noqa: RUF012 - as a plugin author writes it

    def create(self, images, parameters):
        return ReferenceData(arrays={})


def load(*corrections, creators=()):
    class Plugin:
        @hookimpl
        def mkrefs_corrections(self):
            return corrections

        @hookimpl
        def mkrefs_creators(self):
            return creators

    return load_plugins([("mine", Plugin())])


def changed(**attributes):
    return type("Changed", (Shade,), {"__doc__": "Another.", **attributes})


def test_corrections_have_labels_beside_creators():
    plugins = load(Shade, creators=[Sky])
    assert plugins.correction("shade") is Shade
    assert plugins.labels["shade"] is Shade
    assert plugins.labels["my_sky"] is Sky
    assert plugins.origin("shade").plugin == plugins.origin("my_sky").plugin == "mine"
    assert "mkrefs_corrections" in plugins.origin("shade").hooks


def test_an_unknown_correction_is_told_with_those_there_are():
    with pytest.raises(UserError, match=r"corrects images by 'shadow'; installed corrections are .*shade"):
        load(Shade).correction("shadow")


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"label": ""}, "does not declare label"),
        ({"measures": ""}, "does not declare measures"),
        ({"label": "ssb"}, "label is 'ssb', which names a folder that runs have besides those of labels"),
        ({"planes": "both"}, "planes is 'both'; give exposure or integrations"),
        (
            {"changes": frozenset({"paint"})},
            "changes has 'paint'; give values of mkrefs.api.StatusChange",
        ),
        ({"changes": None}, "changes is None; give a set of mkrefs.api.StatusChange"),
        ({"label": "../shade"}, "label is '../shade'; give a word of letters, digits, _ and -"),
        ({"same": "FILTER"}, "same is 'FILTER'; give a tuple of FITS keywords"),
        ({"suffix": "a/b"}, "suffix is 'a/b'; give letters and digits, such as crf"),
        ({"ssbsteps": {"NIRCAM": "photom-"}}, "ssbsteps has no entry '\\*'"),
        ({"imtypes": "Q"}, "imtypes 'Q' is not understood"),
        ({"__doc__": None}, "has no docstring"),
        ({"Parameters": dict}, "Parameters is not a subclass of mkrefs.api.Parameters"),
    ],
)
def test_what_is_declared_wrongly_is_refused(attributes, message):
    with pytest.raises(UserError, match=f"Plugin 'mine', correction Changed.*{message}"):
        load(changed(**attributes))


def test_a_correction_without_its_method_is_refused():
    bare = type("Bare", (ImageCorrection,), {"__doc__": "None.", "label": "bare", "measures": "x"})
    with pytest.raises(UserError, match="does not define correct"):
        load(bare)


def test_one_label_for_a_creator_and_a_correction_is_refused():
    with pytest.raises(UserError, match="both have the label 'my_sky'"):
        load(changed(label="my_sky"), creators=[Sky])


def test_images_have_no_products_of_ramps():
    with pytest.raises(UserError, match="products are made of ramps, and it takes images"):
        load(creators=[type("Changed", (Sky,), {"__doc__": "Another.", "products": {"I": ("rate",)}})])
