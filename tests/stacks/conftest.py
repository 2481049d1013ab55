"""Lets the tests of stacks find the twins of the kernels by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
