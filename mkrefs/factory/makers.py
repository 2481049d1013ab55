"""Which label of a run makes the reference files that others ask for as SELF, or corrects their images."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from mkrefs.config import Config, ConfigError, Problem
from mkrefs.factory.chains import chain_problems
from mkrefs.factory.requests import Request, settings_for
from mkrefs.planning.candidates import steps_for
from mkrefs.planning.image_candidates import steps_of_images
from mkrefs.planning.request import LabelRequest, Layer
from mkrefs.registry.plugins import Plugins

_ALLOWED = "give CRDS, or the path or pattern of a file"


def with_makers(
    requests: Sequence[Request], config: Config, plugins: Plugins, instruments: Collection[str]
) -> tuple[Request, ...]:
    """Name for each request the labels that make what it takes from this run.

    A reference type counts only where one of the steps that a label asks for takes it. The main section's
    SELF does not hold for the label that makes the type itself: its exposures are calibrated with the
    files of the context.

    Parameters
    ----------
    requests : sequence of LabelRequest or CorrectionRequest
        All labels of the run.
    config : Config
        The configuration in force.
    plugins : Plugins
        What is installed.
    instruments : collection of str
        The instruments of the exposures.

    Returns
    -------
    tuple of LabelRequest or CorrectionRequest
        The same, with a layer for each type that is SELF.

    Raises
    ------
    mkrefs.config.ConfigError
        If no label of the run makes a type, several do and ``default_reflabels`` names none of them, the
        images of a label come from none of the run's corrections, or labels need one another in a circle.
    """
    finder = _Finder(requests, config, plugins)
    settled = tuple(finder.settled(request, instruments) for request in requests)
    problems = [*finder.problems, *chain_problems(requests, config, plugins)]
    problems = problems or list(_circles(settled, config, plugins))
    if problems:
        raise ConfigError(problems)
    return settled


def _taken(request: Request, instruments: Collection[str]) -> frozenset[str]:
    """Name the reference types that the pipeline steps of a label take."""
    taken: set[str] = set()
    if request.images_from:
        return frozenset()
    for instrument in instruments:
        if request.planes or not isinstance(request, LabelRequest):
            taken |= steps_of_images(request, instrument).sure_references(instrument)
            continue
        required = steps_for(request, instrument)
        fitted = any(request.images(imtype) for imtype in request.products)
        taken |= (required.fitted() if fitted else required).sure_references(instrument)
    return frozenset(taken)


class _Finder:
    """Finds makers, and gathers what is wrong."""

    def __init__(self, requests: Sequence[Request], config: Config, plugins: Plugins) -> None:
        self._requests = requests
        self._config = config
        self._plugins = plugins
        self.problems: list[Problem] = []

    def settled(self, request: Request, instruments: Collection[str]) -> Request:
        """Give a request with its layers."""
        layers = {**request.layers, **self._layers(request, instruments)}
        if isinstance(request, LabelRequest):
            return replace(request, layers=layers, trial_layers=self._trial_layers(request))
        return replace(request, layers=layers)

    def _layers(self, request: Request, instruments: Collection[str]) -> dict[str, Layer]:
        """Give a layer for each type that a label takes from this run."""
        settings = settings_for(request.label, self._config, self._plugins)
        layers = {}
        for reftype in sorted(_taken(request, instruments)):
            if settings.reffile4ssb.get(reftype) != "SELF":
                continue
            place = settings.reference_places[reftype]
            its_own = isinstance(request, LabelRequest) and reftype == request.reftype
            makers = self._makers(reftype)
            if its_own and place.key.startswith(f"{request.label}."):
                self.problems.append(place.problem(f"'{request.label}' makes this type itself; {_ALLOWED}"))
            elif not its_own and len(makers) == 1:
                layers[reftype] = Layer(maker=makers[0])
            elif not its_own:
                self.problems.append(place.problem(self._no_maker(reftype, request.label, makers)))
        return layers

    def _trial_layers(self, request: LabelRequest) -> dict[str, Layer]:
        """Give a layer for each type, taken by whatever step, that is SELF and that one other label makes."""
        sources = settings_for(request.label, self._config, self._plugins).reffile4ssb
        wanted = (reftype for reftype, source in sources.items() if source == "SELF")
        makers = {reftype: self._makers(reftype) for reftype in sorted(wanted) if reftype != request.reftype}
        return {reftype: Layer(maker=names[0]) for reftype, names in makers.items() if len(names) == 1}

    def _makers(self, reftype: str) -> list[str]:
        making = (request for request in self._requests if isinstance(request, LabelRequest))
        makers = [request.label for request in making if request.reftype == reftype]
        default = self._config.default_reflabels.get(reftype)
        return [default] if default in makers else makers

    def _no_maker(self, reftype: str, label: str, makers: Sequence[str]) -> str:
        if makers:
            return (
                f"SELF, wanted by label '{label}', but {' and '.join(makers)} make {reftype} files in this "
                f"run; name one of them in default_reflabels, or {_ALLOWED}"
            )
        creators = self._plugins.creators
        installed = sorted(name for name, creator in creators.items() if creator.reftype == reftype)
        hint = f"ask for {' or '.join(installed)} as well" if installed else "no installed label does"
        wanted = f"SELF, wanted by label '{label}', but no label of this run makes {reftype} files"
        return f"{wanted}; {hint}, or {_ALLOWED}"


def _circles(requests: Sequence[Request], config: Config, plugins: Plugins) -> Iterator[Problem]:
    """Find labels that need one another's files."""
    needs = {
        request.label: {layer.maker for layer in request.layers.values() if layer.maker}
        | ({request.images_from} if request.images_from else set())
        for request in requests
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][::-1]
        label, maker = circle[0], circle[1]
        request = next(request for request in requests if request.label == label)
        settings = settings_for(label, config, plugins)
        around = ", ".join(f"{one} needs {two}" for one, two in pairwise(circle))
        if request.images_from == maker:
            yield settings.images_place.problem(
                f"goes in a circle: {around}; leave the key out in one of them"
            )
            return
        reftype = next(reftype for reftype, layer in request.layers.items() if layer.maker == maker)
        yield settings.reference_places[reftype].problem(
            f"SELF goes in a circle: {around}; in the section of one of them {_ALLOWED}"
        )
