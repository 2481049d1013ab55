"""The one exception for what a user can cause.

Anything else that is raised is a bug and keeps its traceback.
"""


class UserError(Exception):
    """A mistake a user can mend: one sentence that says where, what, what is allowed and what to do."""
