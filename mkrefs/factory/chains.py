"""Whether the corrections from which labels take their images are made in the same run."""

from collections.abc import Iterator, Sequence

from mkrefs.config import Config, Problem
from mkrefs.config.problems import nearest
from mkrefs.factory.requests import Request, settings_for
from mkrefs.planning.request import CorrectionRequest
from mkrefs.registry.plugins import Plugins


def chain_problems(requests: Sequence[Request], config: Config, plugins: Plugins) -> Iterator[Problem]:
    """Find what is wrong with ``images_from``.

    Parameters
    ----------
    requests : sequence of LabelRequest or CorrectionRequest
        All labels of the run.
    config : Config
        The configuration in force.
    plugins : Plugins
        What is installed.

    Yields
    ------
    Problem
        For each label whose images would come from what is no correction, or not asked for.
    """
    asked = {request.label for request in requests if isinstance(request, CorrectionRequest)}
    for request in requests:
        maker = request.images_from
        if maker and (maker not in asked or maker == request.label):
            place = settings_for(request.label, config, plugins).images_place
            yield place.problem(_reason(maker, request.label, plugins))


def _reason(maker: str, label: str, plugins: Plugins) -> str:
    if maker == label:
        return f"'{label}' cannot take its own images; name another correction, or leave the key out"
    if maker in plugins.corrections:
        return f"'{maker}' is not made in this run; ask for {maker} as well, or leave the key out"
    near = nearest(maker, plugins.corrections)
    hint = f"; did you mean '{near}'?" if near else ""
    installed = ", ".join(sorted(plugins.corrections)) or "none"
    return f"'{maker}' is no correction; installed are {installed}{hint}"
