import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # so that workers, too, find the toy work by its name
