"""captures.py: all labelled captures, in order: what each host is, where it was reported,
and what is true of it."""

# Each adds its own to the list.
import captures_host  # noqa: F401
import captures_modes  # noqa: F401
from labelled import CAPTURES  # noqa: F401
