"""What keeps a benchmark from being run."""


class Trouble(Exception):  # noqa: N818 - it is shown to people, who don't read class names
    """The surroundings of a benchmark are not as it needs them; the message says what is missing."""
