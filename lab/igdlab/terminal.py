"""What a terminal shows of the bytes that firmware sends to it."""

import re

_PIECES = re.compile(r"\x1b\[([0-9;?=]*)([A-Za-z])|(\x1b.)|([\x00-\x1f\x7f])|([^\x00-\x1f\x7f])",
                     re.DOTALL)
# How a terminal is told to move and to colour: sequences, and to go to the line's start.
_MOVES = re.compile(r"\x1b(\[[0-9;?=]*[A-Za-z]|[()].|c)|\r")


def words(text):
    """The text alone of what firmware sent to a terminal.

    SeaBIOS says where each piece goes: in the middle of a word, and differently each time.
    """
    return _MOVES.sub("", text)


class Terminal:
    """Rows of characters and a cursor, of a fixed size, as UEFI firmware expects."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0

    def feed(self, text):
        """Show text, with its control characters and sequences."""
        for found in _PIECES.finditer(text):
            numbers, letter, _, control, character = found.groups()
            if letter:
                self._sequence(letter, [int(n or 0) for n in re.findall(r"\d*", numbers) if n])
            elif control:
                self._control(control)
            elif character:
                self._put(character)

    def text(self):
        """The lines, without blanks at their ends."""
        return ["".join(line).rstrip() for line in self.lines]

    def _sequence(self, letter, numbers):
        if letter in "Hf":
            row, column = (numbers + [1, 1])[:2]
            self.row = min(max(row, 1), self.rows) - 1
            self.column = min(max(column, 1), self.columns) - 1
        elif letter == "J" and numbers[:1] == [2]:
            self.lines = [[" "] * self.columns for _ in range(self.rows)]
        elif letter == "C":
            self.column = min(self.column + (numbers + [1])[0], self.columns - 1)
        elif letter == "D":
            self.column = max(self.column - (numbers + [1])[0], 0)

    def _control(self, control):
        if control == "\r":
            self.column = 0
        elif control == "\b":
            self.column = max(self.column - 1, 0)
        elif control == "\n":
            self._next_row()

    def _next_row(self):
        if self.row < self.rows - 1:
            self.row += 1
        else:
            self.lines = self.lines[1:] + [[" "] * self.columns]

    def _put(self, character):
        if self.column == self.columns:  # it waits behind the last column for another one
            self.column = 0
            self._next_row()
        self.lines[self.row][self.column] = character
        self.column += 1
