"""What all tests share: a clean environment, the installed command, and data simulated once for the run."""

import fcntl
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("mkrefs", deadline=None)
hypothesis.settings.load_profile("mkrefs")

MakeOnce = Callable[[str, Callable[[Path], None]], Path]
RunMkrefs = Callable[..., "subprocess.CompletedProcess[str]"]

_SIX_QUIET = ("--darks", "6", "--ngroups", "8", "--cosmic-ray-fraction", "0")
#: By name of a set: what `mkrefs simulate` is asked for. All lie within a day or two.
SETS = {
    "small": ("--detector", "NRCB1", "--subarray", "SUB64P", "--darks", "6", "--ngroups", "6"),
    "clean": ("--darks", "20", "--cosmic-ray-fraction", "0"),
    "hit": ("--darks", "20", "--cosmic-ray-fraction", "0.05"),
    "niriss": ("--detector", "NIS", "--subarray", "SUB64", *_SIX_QUIET),
    "nirspec": ("--detector", "NRS1", "--subarray", "SUB512S", *_SIX_QUIET),
    "fgs": ("--detector", "GUIDER2", "--subarray", "SUB128LL", *_SIX_QUIET),
    "miri": ("--detector", "MIRIMAGE", "--subarray", "SUB64", "--nints", "2", *_SIX_QUIET),
}
#: The sets whose reference files are in the private context; "hit" is of the same detector as "clean".
_WITH_REFERENCES = ("small", "clean", "niriss", "nirspec", "fgs", "miri")


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """Keep out what the user's environment says to crds, to mkrefs, and about colours."""
    unwanted = ("CRDS_", "JWST_MKREFS_", "FORCE_COLOR", "TTY_", "COLUMNS")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(unwanted)]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Make a folder once for all processes of a test run: the first that asks makes it, others wait."""
    top = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        top = top.parent
    shared = top / "shared"
    shared.mkdir(exist_ok=True)

    def make(name: str, how: Callable[[Path], None]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)
                how(folder)
                done.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def mkrefs_command() -> str:
    """Path of the command that is installed beside the interpreter of the tests."""
    command = shutil.which("mkrefs", path=sysconfig.get_path("scripts"))
    assert command is not None, "mkrefs is not installed in the environment of the tests"
    return command


@pytest.fixture(scope="session")
def unprivileged() -> tuple[str, ...]:
    """Words before a command that bind it to the permissions of files, as they bind everybody but root."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root cannot give up its privileges here: there is no command setpriv")
    given_up = "-dac_override,-dac_read_search"
    return (setpriv, f"--inh-caps={given_up}", f"--bounding-set={given_up}")


@pytest.fixture(scope="session")
def mkrefs(mkrefs_command: str, tmp_path_factory: pytest.TempPathFactory) -> RunMkrefs:
    """Run the installed command; `crds` becomes CRDS_PATH, other keywords become variables.

    `before` are words that stand before the command.
    """
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    def run(
        *words: object,
        crds: Path | None = None,
        cwd: Path = elsewhere,
        status: int | None = 0,
        before: Sequence[str] = (),
        **variables: str,
    ) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [*before, mkrefs_command, *map(str, words)],
            cwd=cwd,
            env={**os.environ, **variables, **({} if crds is None else {"CRDS_PATH": str(crds)})},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        if status is not None:
            assert done.returncode == status, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    return run


@pytest.fixture(scope="session")
def darks(make_once: MakeOnce, mkrefs: RunMkrefs) -> Callable[[str], list[Path]]:
    """Give the exposures of one of `SETS` in order of time; they are shared: read only."""

    def of(name: str) -> list[Path]:
        def simulate(folder: Path) -> None:
            references = ("--references",) if name in _WITH_REFERENCES else ()
            mkrefs("simulate", folder, "--spacing", "0.05", *SETS[name], *references)

        return sorted(make_once(name, simulate).glob("*_uncal.fits"))

    return of


@pytest.fixture(scope="session")
def crds_cache(make_once: MakeOnce, mkrefs: RunMkrefs, darks: Callable[[str], list[Path]]) -> Path:
    """A private CRDS context that calibrates all sets; it is shared: read only."""

    def create(folder: Path) -> None:
        with ThreadPoolExecutor(max_workers=2) as pool:  # the other process of the tests waits meanwhile
            folders = [found[0].parent / "references" for found in pool.map(darks, _WITH_REFERENCES)]
        mkrefs(
            "context", "create", folder, *(path for each in folders for path in sorted(each.glob("*.fits")))
        )

    return make_once("crds", create)
