"""The split of one environment: on disk, where a restart of HAProxy finds it, and in the running HAProxy."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.sockets.haproxy import Runtime, RuntimeSocketError
from releases.targets.onprem import files
from releases.targets.onprem.config import Side, Site
from releases.targets.onprem.haproxy import config
from releases.targets.onprem.sides import Sides

BY_HAND = ("MAINT", "DRAIN")


@dataclass(frozen=True)
class Seen:
    """What the running HAProxy does. `up` and `by_hand` name copies per side, as `copy_names` does."""

    basis_points_b: int
    preview: str
    up: dict[Side, frozenset[str]]
    by_hand: dict[Side, frozenset[str]]
    in_flight: dict[Side, int]

    def share_b(self, asked: int) -> int:
        """Will give side b's share in whole per cent; a fraction is rounded so that it never passes for `asked`."""
        lower, rest = divmod(self.basis_points_b, 100)
        return lower + 1 if rest and lower == asked else lower


@dataclass(frozen=True)
class Traffic:
    """The traffic of one environment."""

    site: Site
    runtime: Runtime

    def see(self) -> Seen:
        """Will tell what the running HAProxy does with this environment.

        Raises RuntimeSocketError.
        """
        share = self.runtime.map_value(self.site.split_map, config.SPLIT_KEY)
        preview = self.runtime.map_value(self.site.preview_map, config.PREVIEW_KEY) or config.NONE
        if share is not None and not (share.isdigit() and int(share) <= config.BASIS_POINTS):
            # HAProxy itself would take it for a number too: more than all is all.
            raise RuntimeSocketError(f"HAProxy's split holds {share!r}, which is no share")
        rows = {(row["pxname"], row["svname"]): row for row in self.runtime.stat()}
        up, by_hand, in_flight = {}, {}, {}
        for side in Side:
            backend = config.backend(self.site, side)
            names = config.copy_names(self.site, side)
            if any((backend, name) not in rows for name in (*names, "BACKEND")):
                raise RuntimeSocketError(f"HAProxy runs without the backend {backend}; it needs its new configuration")
            copies = {name: rows[backend, name] for name in names}
            up[side] = frozenset(name for name, row in copies.items() if _is_up(row["status"], row["check_status"]))
            by_hand[side] = frozenset(name for name, row in copies.items() if row["status"].startswith(BY_HAND))
            in_flight[side] = int(rows[backend, "BACKEND"]["scur"] or 0)
        return Seen(int(share or 0), preview, up, by_hand, in_flight)

    def put(self, sides: Sides) -> None:
        """Will make HAProxy do what `sides` says: on disk first, so that a restart in between comes to the same.

        Raises RuntimeSocketError when HAProxy refused, or holds something else afterwards.
        """
        write(self.site, sides)
        for file, key, value in _entries(self.site, sides):
            self.runtime.set_map(file, key, value)
            held = self.runtime.map_value(file, key)
            if held != value:
                raise RuntimeSocketError(f"HAProxy was told {key} {value} and holds {held}")

    def put_copies_back(self) -> None:
        """Will undo what a hand did to single copies: out of service, draining, another weight.

        Raises RuntimeSocketError.
        """
        for row in self.runtime.servers():
            side = next((side for side in Side if row["be_name"] == config.backend(self.site, side)), None)
            if side is None or row["srv_name"] not in config.copy_names(self.site, side):
                continue
            server = f"{row['be_name']}/{row['srv_name']}"
            if row["srv_admin_state"] != "0":
                self.runtime.tell(f"set server {server} state ready")
            if row["srv_uweight"] != row["srv_iweight"]:
                self.runtime.tell(f"set server {server} weight 100%")

    def distrust(self, side: Side) -> None:
        """Will count `side`'s copies as down until each has passed a check again, for they are being replaced.

        The response time that HAProxy keeps is a mean that reaches back over the release before; so counting starts
        anew, for all. Whoever reads totals expects that.
        Raises RuntimeSocketError.
        """
        for name in config.copy_names(self.site, side):
            self.runtime.tell(f"set server {config.backend(self.site, side)}/{name} state ready")
            self.runtime.tell(f"set server {config.backend(self.site, side)}/{name} health down")
        self.runtime.tell("clear counters all")


def write(site: Site, sides: Sides) -> None:
    """Will write the maps that HAProxy reads at its start.

    Raises RuntimeSocketError when the disk refuses.
    """
    try:
        for file, key, value in _entries(site, sides):
            text = f"{key} {value}\n"
            if not file.exists() or file.read_text() != text:
                files.write(file, text)
    except OSError as error:
        raise RuntimeSocketError(f"The split can't be written ({error.strerror})") from error


def save_servers(runtime: Runtime, state_file: Path) -> None:
    """Will keep what HAProxy knows of all servers, for its next start.

    Raises RuntimeSocketError.
    """
    text = runtime.servers_text()
    try:
        files.write(state_file, text)
    except OSError as error:
        raise RuntimeSocketError(f"The servers' state can't be written ({error.strerror})") from error


def reload(runtime: Runtime, state_file: Path, signal_master: Callable[[], object]) -> None:
    """Will have HAProxy read its configuration again, without losing a connection or what was asked.

    Raises RuntimeSocketError, or whatever `signal_master` (SIGUSR2 to the master) raises; then nothing was reloaded.
    """
    save_servers(runtime, state_file)
    signal_master()


def _entries(site: Site, sides: Sides) -> tuple[tuple[Path, str, str], ...]:
    share = sides.share_b * config.BASIS_POINTS // 100
    return (
        (site.split_map, config.SPLIT_KEY, str(share)),
        (site.preview_map, config.PREVIEW_KEY, sides.preview or config.NONE),
    )


def _is_up(status: str, check: str) -> bool:
    # A server counts as UP before its first check, too; only a passed one is believed.
    return status.startswith("UP") and check.removeprefix("* ") == "L7OK"
