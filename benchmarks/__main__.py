"""The suite: ``python -m benchmarks``; see docs/how-to/benchmarks.md."""

import sys

from benchmarks.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
