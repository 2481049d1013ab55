"""Reads trees of data models without the checks that took place when they were written."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unchecked_trees() -> Iterator[None]:
    """Have asdf not hold what it reads to its schemas, which takes far longer than reading.

    What a data model holds is checked by the schema of the model all the same.
    """
    import asdf

    # Once loaded these are part of every context; otherwise each would load them anew, and forget them.
    _ = asdf.get_config().extensions, asdf.get_config().resource_manager
    with asdf.config_context() as config:
        config.validate_on_read = False
        yield
