"""What ends a start: one sentence for the person at the terminal."""


class Trouble(Exception):  # noqa: N818 - it is shown to people, who don't read class names
    """Something outside Verdigris keeps it from running; the message says what, what serves now, and what to do."""
