"""What goes wrong, said so that a person knows what to do next."""


class CovidError(Exception):
    """Something was not done: the message says what happened, what holds now, and what to do.

    `code` is the portal's word for it, for programs.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class BrokenOffError(CovidError):
    """An answer of the portal's that didn't arrive whole."""

    def __init__(self, error: object) -> None:
        super().__init__(
            f"The answer didn't arrive whole ({error}). What the portal has is kept there. Run the cell again.",
            code="broken-off",
        )
