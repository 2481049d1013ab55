"""Keeps what dask says off the screen: its log goes to a file."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mkrefs.storage.write_errors import mendable_write_errors

_PACKAGES = ("asyncio", "bokeh", "dask_jobqueue", "distributed", "tornado")
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@contextmanager
def dask_log(path: Path) -> Iterator[None]:
    """Send what dask logs within the block to a file, and what it logs afterwards nowhere.

    Parameters
    ----------
    path : Path
        The file, to which is added.

    Raises
    ------
    mkrefs.errors.UserError
        If it cannot be written.
    """
    import distributed  # noqa: F401 - gives its loggers handlers that write to the terminal

    with mendable_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter(_FORMAT))
    try:
        _set_handler(handler)
        yield
    finally:
        _set_handler(logging.NullHandler())
        handler.close()


@contextmanager
def no_warnings() -> Iterator[None]:
    """Keep warnings off the screen while dask starts or ends: of addresses, ports and versions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _set_handler(handler: logging.Handler) -> None:
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and logger.handlers and name.startswith(_PACKAGES):
            logger.handlers, logger.propagate = [], True
    for name in _PACKAGES:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
