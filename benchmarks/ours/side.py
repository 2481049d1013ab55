"""The side of mkrefs: a script that does what its standard input asks for.

What is measured is the mkrefs that is installed; the folder of the benchmarks comes last on the path.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))

from benchmarks.ours.tasks import TASKS
from benchmarks.peers.serving import serve

if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this script
    serve(TASKS, ("mkrefs", "jwst", "numba", "numpy", "astropy"))
