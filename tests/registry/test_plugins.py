"""Plugins enter by one door; what they declare wrongly is refused with plugin, class and mend."""

from types import SimpleNamespace

import pytest

from mkrefs.api import (
    Check,
    CheckLimits,
    Combiner,
    Creator,
    Parameters,
    ReferenceData,
    ReferenceParameters,
    hookimpl,
    parameter,
)
from mkrefs.errors import UserError
from mkrefs.registry.plugins import load_plugins


class Flat(Creator):
    """Makes a flat of ones."""

    label = "my_flat"
    reftype = "flat"
    imtypes = "F+"
    ssbsteps = {"*": "dq_init"}  # noqa: RUF012 - as a plugin author writes it
    unit = "1"
    measures = "Nothing."

    def create(self, ramps, parameters):
        return ReferenceData(arrays={})


class Sum(Combiner):
    """The sum."""

    name = "sum"

    def combine(self, individuals, parameters):
        return individuals[0]


def plugin(*creators, combiners=()):
    class Plugin:
        @hookimpl
        def mkrefs_creators(self):
            return creators

        @hookimpl
        def mkrefs_combiners(self):
            return combiners

    return Plugin()


def load(*plugins):
    return load_plugins((f"mine{number}", each) for number, each in enumerate(plugins))


def test_official_plugins_come_through_the_entry_point():
    found = load_plugins()
    assert found.creators["readnoise"].__module__.startswith("mkrefs_detector")
    assert found.creator_origins["readnoise"].distribution == "mkrefs"
    assert "mkrefs_creators" in found.creator_origins["readnoise"].hooks


def test_a_strangers_plugin_stands_beside_them():
    found = load(plugin(Flat, combiners=(Sum,)))
    assert found.creator("my_flat") is Flat
    assert found.combiner("sum") is Sum
    assert found.creator_origins["my_flat"].plugin == "mine0"


def test_two_plugins_cannot_have_one_label():
    with pytest.raises(UserError, match="'mine0' and 'mine1' both have the label 'my_flat'"):
        load(plugin(Flat), plugin(Flat))


def test_an_unknown_hook_is_refused():
    stranger = SimpleNamespace(mkrefs_creator=hookimpl(lambda: ()))
    with pytest.raises(UserError, match="'mine0' implements the unknown hook mkrefs_creator;"):
        load(stranger)


class NoDoc(Flat):
    label = "no_doc"


NoDoc.__doc__ = None


class NoLabel(Flat):
    """Has no label."""

    label = ""


class NoSteps(Flat):
    """Names no steps for most instruments."""

    ssbsteps = {"MIRI": "dq_init"}  # noqa: RUF012 - as a plugin author writes it


class BadTypes(Flat):
    """Wants what there is not."""

    imtypes = "D-"


class Bare(Flat):
    """Declares a parameter without a word on it."""

    class Parameters(ReferenceParameters):
        """Bare."""

        size: int = 3


class Foreign(Flat):
    """Has parameters of another kind."""

    class Parameters(Parameters):
        """Not for a reference file."""

        size: int = parameter(3, "Size.")


class Abstract(Creator):
    """Cannot make anything."""

    label = "abstract"


@pytest.mark.parametrize(
    ("creator", "words"),
    [
        (NoDoc, "no docstring"),
        (NoLabel, "does not declare label"),
        (NoSteps, "no entry '\\*'"),
        (BadTypes, "D-"),
        (Bare, "'size' has no description"),
        (Foreign, "not a subclass of mkrefs.api.ReferenceParameters"),
        (Abstract, "does not define create"),
        (int, "not a subclass of mkrefs.api.Creator"),
    ],
)
def test_what_is_declared_wrongly_is_refused_by_name(creator, words):
    with pytest.raises(UserError, match=words) as error:
        load(plugin(creator))
    assert "mine0" in str(error.value)
    assert creator.__name__ in str(error.value)


def test_labels_and_combiners_that_are_not_there_are_told():
    with pytest.raises(UserError, match=r"'gian'.*installed labels are"):
        load_plugins().creator("gian")
    with pytest.raises(UserError, match=r"'maen'.*installed are"):
        load_plugins().combiner("maen")


class Size(Check):
    """Whether a file is large."""

    name = "size"
    reftypes = ("flat",)

    def check(self, file, limits):
        return ()


def checking(*checks, creators=()):
    return SimpleNamespace(mkrefs_checks=hookimpl(lambda: checks), mkrefs_creators=hookimpl(lambda: creators))


def test_a_strangers_check_stands_beside_the_official_ones():
    found = load(checking(Size))
    assert found.checks["size"] is Size
    assert found.check_origins["size"].plugin == "mine0"
    assert found.check_origins["range"].distribution == "mkrefs"


def test_two_plugins_cannot_have_one_check():
    with pytest.raises(UserError, match="'mine0' and 'mine1' both have the check 'size'"):
        load(checking(Size), checking(Size))


def made(**attributes):
    return type("Made", (Size,), {"__doc__": "Some check.", **attributes})


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (Flat, "check Flat is not a subclass of mkrefs.api.Check"),
        (made(name=""), "does not declare name"),
        (made(__doc__=""), "has no docstring"),
        (made(name="Size-1"), "the name 'Size-1' is no word of small letters"),
        (made(reftypes=("flt",)), "reftypes has 'flt', which is no reference type"),
        (made(Limits=Parameters), "Limits is not a subclass of mkrefs.api.CheckLimits"),
        (made(Limits=type("L", (CheckLimits,), {"__annotations__": {"most": float}})), "has no description"),
    ],
)
def test_a_check_that_is_declared_wrongly_is_refused(check, said):
    with pytest.raises(UserError, match=said):
        load(checking(check))


def test_a_limit_without_a_default_is_refused():
    class Needy(CheckLimits):
        most: float = parameter(..., "The most.")

    with pytest.raises(UserError, match="limit 'most' has no default"):
        load(checking(made(Limits=Needy)))


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ({"nosuch": {}}, "checks has 'nosuch', which no installed plugin provides"),
        ({"range": {"colour": 3}}, "the limits of its check 'range' are not allowed"),
        ({"size": {"severity": "mild"}}, "the limits of its check 'size' are not allowed"),
        ({"size": 3}, "the limits of its check 'size' are not allowed"),
        (("size",), "checks is no mapping"),
    ],
)
def test_a_creator_that_names_checks_wrongly_is_refused(checks, said):
    creator = type("Careful", (Flat,), {"checks": checks, "__doc__": "Careful."})
    with pytest.raises(UserError, match=said):
        load(checking(Size, creators=(creator,)))


def test_a_creator_may_name_checks_of_other_plugins():
    careful = type("Careful", (Flat,), {"checks": {"size": {}, "range": {"low": 0}}, "__doc__": "Careful."})
    assert load(plugin(careful), checking(Size)).creator("my_flat").checks["range"] == {"low": 0}
