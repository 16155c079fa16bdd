"""The sign of life of beat and worker: the time of the last tick that was done, kept in Redis.

In Redis and not in a file, for a worker may run on another machine than the pages.
"""

import time
from functools import cache

from django.conf import settings
from redis import Redis

KEY = "verdigris:last_tick"
LIMIT_S = 0.5


def client() -> Redis:
    """Will give this process's connection to Redis, with short limits."""
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> Redis:
    return Redis.from_url(url, socket_connect_timeout=LIMIT_S, socket_timeout=LIMIT_S, decode_responses=True)


def mark() -> None:
    """Will write down that a tick was done now.

    Raises RedisError.
    """
    client().set(KEY, repr(time.time()))


def age_s() -> float | None:
    """Will give the seconds since the last tick, or None if there never was one.

    Raises RedisError.
    """
    written = client().get(KEY)
    return max(0.0, time.time() - float(str(written))) if written else None


def is_fresh(age: float | None) -> bool:
    """Will tell whether a tick that old is recent enough."""
    return age is not None and age <= max(10.0, 5 * settings.CONFIGURATION.tick_s)
