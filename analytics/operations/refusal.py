"""What an operation raises instead of doing what may not, or can't, be done."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """Nothing was run or changed. `line` and `column` say where in the SQL, from 1; 0 is nowhere in particular."""

    def __init__(self, code: str, sentence: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.line = line
        self.column = column


class Missing(LookupError):  # noqa: N818 - it is an answer, not a fault
    """What was named does not exist; the message says what, and where to look."""
