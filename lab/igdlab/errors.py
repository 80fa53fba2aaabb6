"""What can go wrong in the lab, by exit status."""

PASS, FAIL, USAGE, UNPREPARED = 0, 1, 2, 3


class LabError(Exception):
    """The lab itself could not be prepared or started (exit status 3)."""


class UsageError(Exception):
    """The command line asks for something that does not exist (exit status 2)."""


class LostLabPC(Exception):
    """The lab PC stopped without an answer; worth one more try, which is reported."""
