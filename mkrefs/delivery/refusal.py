"""The error that stops a delivery because of the files, not because of how the command was given."""

from mkrefs.errors import UserError


class DeliveryRefused(UserError):  # noqa: N818 - says what happened, as Outcome does
    """Files that must not be delivered: each is named with the reason."""
