"""The cases of the suite, in the order in which they run."""

from benchmarks.case import Case
from benchmarks.cases.bad_pixels import BAD_PIXELS
from benchmarks.cases.detector import DETECTOR
from benchmarks.cases.floor import FLOOR
from benchmarks.cases.imaging import IMAGING
from benchmarks.cases.runs import RUNS
from benchmarks.cases.stacks import STACKS

#: All cases.
CASES: tuple[Case, ...] = (*DETECTOR, *BAD_PIXELS, *IMAGING, *STACKS, *RUNS, *FLOOR)
