"""Which label of a run makes the reference files that others ask for as SELF."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from mkrefs.config import Config, ConfigError, Problem, label_settings
from mkrefs.planning.candidates import steps_for
from mkrefs.planning.request import LabelRequest, Layer
from mkrefs.registry.plugins import Plugins

_ALLOWED = "give CRDS, or the path or pattern of a file"


def with_makers(
    requests: Sequence[LabelRequest], config: Config, plugins: Plugins, instruments: Collection[str]
) -> tuple[LabelRequest, ...]:
    """Name for each request the labels that make what it takes from this run.

    A reference type counts only where one of the steps that a label asks for takes it. The main section's
    SELF does not hold for the label that makes the type itself: its exposures are calibrated with the
    files of the context.

    Parameters
    ----------
    requests : sequence of LabelRequest
        All labels of the run.
    config : Config
        The configuration in force.
    plugins : Plugins
        What is installed.
    instruments : collection of str
        The instruments of the exposures.

    Returns
    -------
    tuple of LabelRequest
        The same, with a layer for each type that is SELF.

    Raises
    ------
    mkrefs.config.ConfigError
        If no label of the run makes a type, several do and ``default_reflabels`` names none of them, or
        labels need one another in a circle.
    """
    finder = _Finder(requests, config, plugins)
    settled = tuple(
        replace(
            request,
            layers={**request.layers, **finder.layers(request, instruments)},
            trial_layers=finder.trial_layers(request),
        )
        for request in requests
    )
    problems = [*finder.problems, *_circles(settled, config, plugins)]
    if problems:
        raise ConfigError(problems)
    return settled


def _taken(request: LabelRequest, instruments: Collection[str]) -> frozenset[str]:
    """Name the reference types that the pipeline steps of a label take."""
    taken: set[str] = set()
    for instrument in instruments:
        required = steps_for(request, instrument)
        fitted = any(request.images(imtype) for imtype in request.products)
        taken |= (required.fitted() if fitted else required).sure_references(instrument)
    return frozenset(taken)


class _Finder:
    """Finds makers, and gathers what is wrong."""

    def __init__(self, requests: Sequence[LabelRequest], config: Config, plugins: Plugins) -> None:
        self._requests = requests
        self._config = config
        self._plugins = plugins
        self.problems: list[Problem] = []

    def layers(self, request: LabelRequest, instruments: Collection[str]) -> dict[str, Layer]:
        """Give a layer for each type that a label takes from this run."""
        settings = label_settings(self._config, self._plugins.creator(request.label))
        layers = {}
        for reftype in sorted(_taken(request, instruments)):
            if settings.reffile4ssb.get(reftype) != "SELF":
                continue
            place, its_own = settings.reference_places[reftype], reftype == request.reftype
            makers = self._makers(reftype)
            if its_own and place.key.startswith(f"{request.label}."):
                self.problems.append(place.problem(f"'{request.label}' makes this type itself; {_ALLOWED}"))
            elif not its_own and len(makers) == 1:
                layers[reftype] = Layer(maker=makers[0])
            elif not its_own:
                self.problems.append(place.problem(self._no_maker(reftype, request.label, makers)))
        return layers

    def trial_layers(self, request: LabelRequest) -> dict[str, Layer]:
        """Give a layer for each type, taken by whatever step, that is SELF and that one other label makes."""
        sources = label_settings(self._config, self._plugins.creator(request.label)).reffile4ssb
        wanted = (reftype for reftype, source in sources.items() if source == "SELF")
        makers = {reftype: self._makers(reftype) for reftype in sorted(wanted) if reftype != request.reftype}
        return {reftype: Layer(maker=names[0]) for reftype, names in makers.items() if len(names) == 1}

    def _makers(self, reftype: str) -> list[str]:
        makers = [request.label for request in self._requests if request.reftype == reftype]
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


def _circles(requests: Sequence[LabelRequest], config: Config, plugins: Plugins) -> Iterator[Problem]:
    """Find labels that need one another's files."""
    needs = {
        request.label: {layer.maker for layer in request.layers.values() if layer.maker}
        for request in requests
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][::-1]
        label, maker = circle[0], circle[1]
        request = next(request for request in requests if request.label == label)
        reftype = next(reftype for reftype, layer in request.layers.items() if layer.maker == maker)
        place = label_settings(config, plugins.creator(label)).reference_places[reftype]
        yield place.problem(
            f"SELF goes in a circle: {', '.join(f'{one} needs {two}' for one, two in pairwise(circle))}; "
            f"in the section of one of them {_ALLOWED}"
        )
