"""SELF names a label of the same run; what cannot be is a mistake of the configuration."""

import importlib.util
from pathlib import Path

import pytest

from mkrefs.config import ConfigError, Overrides
from mkrefs.factory.makers import with_makers
from mkrefs.factory.requests import label_request
from mkrefs.factory.settings import read_config
from mkrefs.registry.plugins import load_plugins

DATA = Path(__file__).parent.parent / "data"


def module(name):
    spec = importlib.util.spec_from_file_location(
        name, DATA / f"{name.removeprefix('mkrefs_')}_plugin/{name}.py"
    )
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def plugins():
    return load_plugins([(name, module(name)) for name in ("mkrefs_chain", "mkrefs_toy")])


@pytest.fixture
def makers(tmp_path, plugins):
    """Give, for a configuration and labels, what each label takes from which other."""

    def of(text, *labels, instruments=("NIRCAM",), field="layers"):
        path = tmp_path / "main.yml"
        path.write_text(text)
        config = read_config(path, (), Overrides(), plugins, reserved=(), requested=labels)
        requests = [label_request(label, config, plugins) for label in labels]
        return {
            request.label: {reftype: layer.maker for reftype, layer in getattr(request, field).items()}
            for request in with_makers(requests, config, plugins, instruments)
        }

    return of


ALL = "reffile4ssb: {superbias: SELF, dark: SELF}\n"


def test_each_label_takes_what_its_steps_use_from_the_label_that_makes_it(makers):
    text = ALL + "readnoise: {ssbsteps: dark-}\n"
    assert makers(text, "readnoise", "toy_dark", "toy_superbias") == {
        "readnoise": {"dark": "toy_dark", "superbias": "toy_superbias"},
        "toy_dark": {"superbias": "toy_superbias"},
        "toy_superbias": {},
    }


def test_a_type_that_no_step_takes_needs_no_maker(makers):
    assert makers("reffile4ssb: {gain: SELF, flat: SELF}\n", "readnoise") == {"readnoise": {}}
    assert makers("reffile4ssb: {superbias: SELF}\nreadnoise: {ssbsteps: dq_init}\n", "readnoise") == {
        "readnoise": {}
    }


def test_trials_run_further_steps_and_take_what_these_use_in_a_circle_too(makers):
    text = "reffile4ssb: {superbias: SELF, dark: SELF, gain: SELF}\n"
    found = makers(text, "toy_dark", "toy_superbias", field="trial_layers")
    assert found == {"toy_dark": {"superbias": "toy_superbias"}, "toy_superbias": {"dark": "toy_dark"}}


def test_the_steps_of_the_exposures_own_instrument_count(makers):
    assert makers("reffile4ssb: {superbias: SELF}\n", "readnoise", instruments=("MIRI",)) == {"readnoise": {}}


def test_a_label_may_leave_out_what_the_main_section_says(makers):
    text = ALL + "toy_dark: {reffile4ssb: {superbias: CRDS}}\n"
    assert makers(text, "toy_dark") == {"toy_dark": {}}


def test_a_missing_maker_is_told_with_its_line_and_what_is_installed(makers):
    with pytest.raises(
        ConfigError,
        match=r"main\.yml:2: reffile4ssb\.superbias: SELF, wanted by label "
        r"'toy_dark', but no label of this run makes superbias files; ask for superbias or "
        r"toy_superbias as well, or give CRDS",
    ):
        makers("reffile4ssb:\n  superbias: SELF\n", "toy_dark")


def test_every_mistake_is_told_at_once(makers):
    with pytest.raises(ConfigError) as caught:
        makers("reffile4ssb:\n  superbias: SELF\n  mask: SELF\n", "readnoise")
    assert [problem.line for problem in caught.value.problems] == [2, 3]


def test_a_type_that_nothing_installed_makes_is_told_so(makers):
    with pytest.raises(ConfigError, match="no installed label does"):
        makers("reffile4ssb: {saturation: SELF}\n", "readnoise")


def test_a_label_cannot_take_its_own_file(makers):
    text = "toy_superbias:\n  reffile4ssb:\n    superbias: SELF\n"
    with pytest.raises(
        ConfigError,
        match=r"main\.yml:3: toy_superbias\.reffile4ssb\.superbias: 'toy_superbias' "
        "makes this type itself; give CRDS",
    ):
        makers(text, "toy_superbias")


def test_a_circle_is_told_with_all_its_labels(makers):
    text = "reffile4ssb:\n  superbias: SELF\n  mask: SELF\n"
    with pytest.raises(
        ConfigError,
        match=r"main\.yml:[23]: .*SELF goes in a circle: .*toy_mask needs "
        r"toy_superbias.*in the section of one of them give CRDS",
    ):
        makers(text, "toy_superbias", "toy_mask")


def test_a_circle_is_opened_in_the_section_of_a_label(makers):
    text = "reffile4ssb: {superbias: SELF, mask: SELF}\ntoy_superbias: {reffile4ssb: {mask: CRDS}}\n"
    assert makers(text, "toy_superbias", "toy_mask") == {
        "toy_superbias": {},
        "toy_mask": {"superbias": "toy_superbias"},
    }


def test_of_several_makers_the_default_label_is_taken(makers):
    steps = "toy_mask: {ssbsteps: jump-, reffile4ssb: {readnoise: SELF}}\n"
    with pytest.raises(
        ConfigError, match=r"readnoise and toy_noise make readnoise files.* default_reflabels"
    ):
        makers(steps, "toy_mask", "readnoise", "toy_noise")
    default = "default_reflabels: {rdnoise: toy_noise}\n"
    found = makers(default + steps, "toy_mask", "readnoise", "toy_noise")
    assert found["toy_mask"] == {"readnoise": "toy_noise"}
