"""How near creators are to the time that reading their files once takes."""

from benchmarks.case import Answers, Case, Task, Verdict
from benchmarks.cases.bad_pixels import prepare_darks
from benchmarks.cases.detector import prepare
from benchmarks.setting import Setting


def _judge(setting: Setting, answers: Answers) -> Verdict:
    if answers.peer_said is None:
        return Verdict("nothing to compare with", True)
    return Verdict(
        f"{answers.peer_said['bytes'] / 1e9:.2f} GB read by the peer", answers.peer_said["bytes"] > 0
    )


def _floor(name: str, label: str, **parameters: object) -> Case:
    return Case(
        name=f"floor-{name}",
        title=f"{label} {' '.join(map(str, parameters.values()))}; its files read once with numpy",
        prepare=prepare_darks if label.startswith("badpix") else prepare,
        ours=Task("create", {"label": label, "parameters": parameters}),
        peer=Task("read", script="reading.py", environment="reffiles"),
        judge=_judge,
        ratio=0.5,
    )


FLOOR = (
    _floor("readnoise-stack", "readnoise", method="stack"),
    _floor("readnoise-ramp", "readnoise", method="ramp"),
    _floor("readnoise-fit", "readnoise", method="fit"),
    _floor("superbias", "superbias"),
    _floor("dark", "dark"),
    _floor("badpix_from_darks", "badpix_from_darks"),
)
