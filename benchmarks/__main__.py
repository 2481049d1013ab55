"""Runs the cases and prints what they took."""

import os
import platform

from benchmarks.case import measure
from benchmarks.first_slice import cases


def main() -> None:
    """Time every case and say which limits are kept."""
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'case':45}{'median':>10}{'limit':>10}")
    with cases() as prepared:
        for case in prepared:
            timing = measure(case)
            verdict = "" if timing.reached else "  over the limit"
            print(f"{case.name:45}{timing.median:9.2f}s{case.limit:9.1f}s{verdict}", flush=True)


main()
