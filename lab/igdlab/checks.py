"""Assertions of a scenario: each is recorded with its outcome, none ends the run."""


class Checks:
    """A list of checks with their outcome."""

    def __init__(self):
        self.list = []

    @property
    def failed(self):
        """The checks that failed."""
        return [check for check in self.list if not check["passed"]]

    def true(self, name, condition, detail=""):
        """Record a check; `detail` says what was found and is kept either way."""
        self.list.append({"name": name, "passed": bool(condition), "detail": str(detail)})
        return bool(condition)

    def equal(self, name, found, expected):
        """Record that two values are the same."""
        same = found == expected
        return self.true(name, same, found if same else f"{found!r}, expected {expected!r}")

    def contains(self, name, text, wanted):
        """Record that one line of text holds `wanted`; the detail is that line."""
        line = next((line.strip() for line in text.splitlines() if wanted in line), None)
        return self.true(name, line is not None, line or f"no line with {wanted!r}")
