"""Which failures of the system are nobody's mistake: a disk or a network that fails may work later."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from mkrefs.errors import PassingError

#: By name, as not every system has them all.
_NAMES = (
    *("EIO", "EREMOTEIO", "EBADMSG", "ENXIO", "ENODEV"),
    *("ESTALE", "ETIMEDOUT", "ENOTCONN", "ESHUTDOWN", "EHOSTDOWN", "ENOLINK", "ECOMM"),
)
_NUMBERS = frozenset(getattr(errno, name) for name in _NAMES if hasattr(errno, name))


def is_passing(error: BaseException) -> bool:
    """Tell whether an error is of a disk or a network, or came of one."""
    return any(isinstance(each, OSError) and each.errno in _NUMBERS for each in _chain(error))


@contextmanager
def passing_failures_told() -> Iterator[None]:
    """Turn an error that came of a disk or a network into a sentence; all others go through.

    Raises
    ------
    mkrefs.errors.PassingError
        In place of such an error.
    """
    try:
        yield
    except PassingError:
        raise
    except Exception as error:
        if not is_passing(error):
            raise
        raise PassingError(f"a disk or the network failed ({error}): see to that, and run again") from error


def _chain(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__
