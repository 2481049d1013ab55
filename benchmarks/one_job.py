"""Carries out one job in this process and tells what it took; the task comes pickled on standard input."""

import json
import pickle
import sys

from mkrefs.running.peak_memory import forget_peak, peak_memory
from mkrefs.running.worker import perform

task = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by benchmarks.memory_needs
forget_peak()
report = perform(task)
outcome = report.outcome
found = {"peak": peak_memory(), "state": outcome.state.value, "reason": outcome.traceback or outcome.reason}
sys.stdout.write(json.dumps(found))
