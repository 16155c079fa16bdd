"""Finished bytes, kept while there is room: the same question of the same snapshot is worked out once."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable


class Kept:
    """Holds at most `most_bytes`; what was not asked for longest goes first. Threads may share it."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.size_bytes = 0
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, bytes] = OrderedDict()

    def give(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Will give what is kept under `key`, or make it; two threads may make it at once, which is harmless."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            self.size_bytes += len(made) - len(self._values.get(key, b""))
            self._values[key] = made
            self._values.move_to_end(key)
            while self.size_bytes > self.most_bytes and len(self._values) > 1:
                _, gone = self._values.popitem(last=False)
                self.size_bytes -= len(gone)
        return made
