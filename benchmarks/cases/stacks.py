"""Clipped mean and error of a stack of images in memory."""

import numpy as np

from benchmarks.case import Answers, Arguments, Case, Task, Verdict
from benchmarks.data.stack import stack_file
from benchmarks.setting import Setting

_FILE = "answer.npy"
# Means and errors agree to this share of the error, but for this share of the pixels at the limits.
_CLOSE, _UNLIKE = 1e-3, 1e-4
# Outliers move a plain mean by less than this.
_OFF = 100.0


def _prepare(setting: Setting) -> Arguments:
    small = setting.size == "small"
    return {"stack": stack_file(setting.inputs, images=20 if small else 60, size=64 if small else 2048)}


def _judge_clipped(setting: Setting, answers: Answers) -> Verdict:
    mean, error = np.load(answers.ours / _FILE)
    if answers.peer is None:
        return _judge_mean(setting, answers)
    of_mean, of_error = np.load(answers.peer / _FILE)
    off = np.maximum(np.abs(mean - of_mean), np.abs(error - of_error)) / of_error
    unlike = float(np.mean(~(off < _CLOSE)))
    text = f"median difference {np.nanmedian(off):.1e} of the error"
    return Verdict(f"{text}, {unlike:.1e} of the pixels beyond {_CLOSE:g}", unlike < _UNLIKE)


def _judge_mean(setting: Setting, answers: Answers) -> Verdict:
    mean, _ = np.load(answers.ours / _FILE)
    if answers.peer is None:
        return Verdict(f"mean {mean.mean():.3f} of a level of 100", bool(abs(mean.mean() - 100) < 1))
    (plain,) = np.load(answers.peer / _FILE)
    text = f"mean of all pixels {mean.mean():.3f}, without clipping {plain.mean():.3f}"
    return Verdict(text, bool(np.abs(mean - plain).max() < _OFF))


def _case(name: str, title: str, peer: str, ratio: float) -> Case:
    return Case(
        name=f"clipped_mean-{name}",
        title=title,
        prepare=_prepare,
        ours=Task("clipped_mean"),
        peer=Task(peer, script="stacks.py", environment="reffiles"),
        judge=_judge_clipped if peer == "sigma_clipped" else _judge_mean,
        ratio=ratio,
        output=_FILE,
    )


STACKS = (
    _case(
        "astropy", "clipped mean and error of 60 x 2048 x 2048; sigma_clip of astropy", "sigma_clipped", 50
    ),
    _case("numpy", "the same; the plain mean of numpy", "plain_mean", 0.5),
)
