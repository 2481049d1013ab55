"""Limits of checks: read by type and by label, judged by what the check declares; mistakes have a line."""

import pytest

from mkrefs.api import Check, CheckLimits, parameter


class SizeLimits(CheckLimits):
    """Limits of a check."""

    most: float = parameter(5.0, "The most.", gt=0)
    names: tuple[str, ...] = parameter((), "Some names.")


class Size(Check):
    """A check of two types."""

    name, reftypes, Limits = "size", ("readnoise", "gain"), SizeLimits

    def check(self, file, limits):
        return ()


class Extra(Size):
    """A check that is made only where it is named."""

    name, reftypes = "extra", ()


CHECKS = {check.name: check for check in (Size, Extra)}
LABEL = "example_readnoise_module"


@pytest.fixture
def naming(creators):
    """Creators of which one names a check."""
    creators["gain_armin"] = type(
        "Naming",
        (creators["gain_armin"],),
        {"checks": {"extra": {}, "size": {"most": 2.0}}, "__doc__": "Names."},
    )
    return creators


def test_a_label_goes_before_its_type_limit_by_limit(load):
    of_label = f"{LABEL}: {{checks: {{size: {{most: 4}}}}}}"
    text = f"checks: {{rdnoise: {{size: {{most: 3, names: 'a, b'}}}}}}\n{of_label}\n"
    with pytest.raises(Exception, match="names: must be a list"):
        load(text, checks=CHECKS)
    config = load(text.replace("'a, b'", "[a, b]"), checks=CHECKS)
    assert config.checks == {"readnoise": {"size": {"most": 3.0, "names": ["a", "b"]}}}
    assert config.labels[LABEL].limits == {"size": {"most": 4.0, "names": ["a", "b"]}}
    assert config.labels["gain_armin"].limits == {}


def test_the_configuration_goes_before_the_creator(load, naming):
    config = load("checks: {gain: {size: {severity: warning}}}", checks=CHECKS, creators=naming)
    assert config.labels["gain_armin"].limits == {"extra": {}, "size": {"most": 2.0, "severity": "warning"}}
    assert load("gain_armin: {checks: {size: {most: 9}}}", checks=CHECKS, creators=naming).labels[
        "gain_armin"
    ].limits["size"] == {"most": 9.0}


def test_mistakes_have_their_line_and_say_what_is_allowed(mistakes):
    text = """\
checks:
  gain:
    siez: {most: 3}
    size:
      msot: 3
      most: -1
  mask:
    size: {most: 3}
  nosuch: {}
  readnoise: 5
example_readnoise_module:
  checks:
    size: {severity: mild}
    extra: {most: 1}
"""
    found = mistakes(text, checks=CHECKS)
    assert [line for line in found if line[:11] not in ("main.yml:9:", "main.yml:10")] == [
        "main.yml:3: checks.gain.siez: there is no check 'siez'; did you mean 'size'? allowed: size",
        "main.yml:5: checks.gain.size.msot: unknown key 'msot'; did you mean 'most'? "
        "allowed: severity, most, names",
        "main.yml:6: checks.gain.size.most: must be greater than 0, not -1",
        "main.yml:8: checks.mask.size: 'size' is not made of mask files; there is none that is",
        "main.yml:13: example_readnoise_module.checks.size.severity: must be 'error', 'warning' or 'ignore', "
        "not 'mild'",
        "main.yml:14: example_readnoise_module.checks.extra: 'extra' is not made of readnoise files; "
        "allowed: size",
    ]
    assert len(found) == 8


def test_a_check_that_a_creator_names_may_be_set(load, naming):
    assert load("checks: {gain: {extra: {most: 1}}}", checks=CHECKS, creators=naming).checks == {
        "gain": {"extra": {"most": 1.0}}
    }


def test_the_command_line_reaches_single_limits(load):
    from mkrefs.config import Overrides

    overrides = Overrides(
        main=(("checks.rdnoise.size.most", "7"),), label=((LABEL, "checks.size.severity", "ignore"),)
    )
    limits = load("", checks=CHECKS, overrides=overrides).labels[LABEL].limits
    assert limits == {"size": {"most": 7.0, "severity": "ignore"}}


def test_empty_values_mean_the_default(load):
    assert load("checks: {gain: {size: {most: }}}", checks=CHECKS).checks == {"gain": {"size": {}}}
    assert load("checks:\n", checks=CHECKS).checks == {}
