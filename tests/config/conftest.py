"""Creators, combiners and a way to load text, for the tests of the configuration."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mkrefs.api import Combiner, Creator, Parameters, ReferenceParameters, parameter
from mkrefs.config import Config, ConfigError, load_config


class ExampleParameters(ReferenceParameters):
    """The parameters of the documented example's module, and some of other types."""

    verbose: int = parameter(0, "How much is printed.")
    boxsize: int = parameter(64, "Side of the boxes.", unit="pixel", gt=0)
    sigma_threshold: float = parameter(3.0, "Threshold of the clip.", gt=0)
    plot: bool = parameter(False, "Whether to plot.")
    do_not_use: tuple[str, ...] = parameter(("hot",), "Flags that spoil a pixel.")
    flag_values: dict[str, list[str]] = parameter({}, "Flags by kind.")
    limit: int | str = parameter("none", "A union.")


class Example(Creator):
    """The documented example's module."""

    label = "example_readnoise_module"
    reftype = "readnoise"
    imtypes = "D"
    ssbsteps = {"*": "dq_init"}  # noqa: RUF012 as plugin authors write it
    unit = "DN"
    measures = "Nothing."
    Parameters = ExampleParameters

    def create(self, ramps, parameters):
        raise AssertionError("never run")


class Gain(Example):
    """A gain creator with the parameters every creator has."""

    label = "gain_armin"
    reftype = "gain"
    imtypes = "FFDD"
    Parameters = ReferenceParameters


class NeedyParameters(ReferenceParameters):
    """Parameters of which one has no default."""

    lamp: str


class Needy(Example):
    """A creator that cannot run on its defaults."""

    label = "needy"
    Parameters = NeedyParameters


class Mean(Combiner):
    """A combiner without parameters."""

    name = "mean"

    def combine(self, individuals, parameters):
        raise AssertionError("never run")


class ClipParameters(Parameters):
    """Parameters of the clipping combiner."""

    sigma: float = parameter(3.0, "Threshold.", gt=0)


class Clip(Mean):
    """A combiner with a parameter."""

    name = "clipped_mean"
    Parameters = ClipParameters


CREATORS = {creator.label: creator for creator in (Example, Gain)}
COMBINERS = {combiner.name: combiner for combiner in (Mean, Clip)}


@pytest.fixture
def example() -> type[Creator]:
    return Example


@pytest.fixture
def needy() -> type[Creator]:
    return Needy


@pytest.fixture
def creators() -> dict[str, type[Creator]]:
    return dict(CREATORS)


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Config]:
    """Load the text of a main file, and of extra files, with the creators above."""

    def _load(text: str, *extra: str, **settings) -> Config:
        paths = []
        for name, content in zip(("main.yml", "extra.yml", "extra2.yml"), (text, *extra), strict=False):
            paths.append(tmp_path / name)
            paths[-1].write_text(content, encoding="utf-8")
        settings = {"creators": CREATORS, "combiners": COMBINERS} | settings
        return load_config(paths[0], extra=paths[1:], **settings)

    return _load


@pytest.fixture
def mistakes(load, tmp_path: Path) -> Callable[..., list[str]]:
    """Load what must not load; give the lines of the error, with file names only."""

    def _mistakes(*texts: str, **settings) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(*texts, **settings)
        assert len(str(caught.value).splitlines()) == len(caught.value.problems)
        return str(caught.value).replace(f"{tmp_path}/", "").splitlines()

    return _mistakes


@pytest.fixture(autouse=True)
def _no_output_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JWST_MKREFS_OUTDIR", raising=False)
