"""The exceptions for what is told in one sentence: what a user can cause, and what nobody can help.

Anything else that is raised is a bug and keeps its traceback.
"""


class UserError(Exception):
    """A mistake a user can mend: one sentence that says where, what, what is allowed and what to do."""


class PassingError(UserError):
    """Nobody's mistake, and perhaps gone the next time: a disk or a network that failed for a moment."""
