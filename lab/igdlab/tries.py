"""What `try` of lab-pc/functions left: exit status and words of igdvm."""

import re


def read(run, name, mode):
    """(exit status, words) of a try; (None, "") when it was not made."""
    first, _, rest = run.text(f"tries/{name}-{mode}").partition("\n")
    return (int(first) if first.isdigit() else None), rest


def brief(status, text):
    """Both on one line."""
    return f"{status}: {' | '.join(line.strip() for line in text.splitlines())[:400]}"


def told(text):
    """{requirement: what was found} of the failures told, each with why and remedy."""
    return dict(re.findall(r"^  ([a-z0-9-]+): (.*)\n    why:    \S.*\n    remedy: \S.*$",
                           text, re.MULTILINE))
