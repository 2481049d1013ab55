"""The peers' environments: made with pip when first needed, from lists of exact versions."""

import subprocess
import sys
from pathlib import Path

_LISTS = Path(__file__).parent / "peers"


def interpreter(name: str, folder: Path) -> Path:
    """Give the interpreter of a peer's environment, which is made if it is not there.

    Parameters
    ----------
    name : str
        Of the environment and of the list of what is in it, ``benchmarks/peers/<name>.txt``.
    folder : Path
        Where environments are.

    Raises
    ------
    subprocess.CalledProcessError
        If pip fails; the environment is then made anew the next time.
    """
    environment = folder / name
    python = environment / "bin" / "python"
    done = environment / "installed.txt"
    wanted = (_LISTS / f"{name}.txt").read_text(encoding="utf-8")
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return python
    print(f"Installing {name} in {environment} ...", flush=True)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([str(python), *words, "--requirement", str(_LISTS / f"{name}.txt")], check=True)
    done.write_text(wanted, encoding="utf-8")
    return python
