"""Whether the packages of the extra ``cluster`` are installed; nothing is imported."""

from importlib.util import find_spec

from mkrefs.errors import UserError

_PACKAGES = ("cryptography", "dask", "dask_jobqueue", "distributed")


def require_cluster_packages() -> None:
    """Check that jobs can be sent to other machines.

    Raises
    ------
    mkrefs.errors.UserError
        If a package is missing.
    """
    missing = [package for package in _PACKAGES if find_spec(package) is None]
    if missing:
        raise UserError(
            f"batch.batch_enabled: {', '.join(missing)} must be installed to send jobs to other machines; "
            "run pip install 'mkrefs[cluster]', or set it to False to run on this machine."
        )
