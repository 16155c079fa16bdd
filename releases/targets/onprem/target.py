"""The on-premises target: two sets of copies on this machine, and HAProxy that splits the visitors between them.

What was asked stands in `sides.json`; what is done is what the running HAProxy says.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from portal.sockets.haproxy import RuntimeSocketError
from releases.rules.foresight import Foresight
from releases.rules.observation import Capabilities, Health, Observation
from releases.targets.base import Artifact, Ref, TargetError
from releases.targets.onprem import checkouts, copies, foresight, sides, view
from releases.targets.onprem.config import Side, Site
from releases.targets.onprem.haproxy import config as balancer
from releases.targets.onprem.haproxy.traffic import Seen, Traffic
from releases.targets.onprem.launchers.base import Launcher, LauncherError
from releases.targets.onprem.sides import Held, Sides
from releases.targets.onprem.view import View

LOCK_LIMIT_S = 2.0
CHECKOUT_LIMIT_S = 20.0
LOG_LINES = 20
CAN = Capabilities(call_limit_s=10.0, start_limit_s=60.0, rollback_s=1.0)


@dataclass(frozen=True)
class OnPremises:
    """One environment on this machine."""

    site: Site
    traffic: Traffic
    launcher: Launcher
    can: Capabilities = CAN

    def observe(self, ref: Ref | None) -> Observation:
        """Will tell what HAProxy and the launcher say now.

        Raises TargetError when HAProxy does not answer: what serves is then not known.
        """
        with _speaking():
            asked = sides.read(self.site.folder)
            seen = self.traffic.see()
            side = asked.idle if ref is None else asked.side_of(ref.outside_id)
            if side is None:
                return self._of_nobody(asked, seen)
            green, blue = self._view(side, asked, seen), self._view(side.other, asked, seen)
            seen_b = seen.share_b(asked.share_b)
            share = seen_b if side is Side.B else 100 - seen_b
            if ref is None and not asked.share_of(side) and not share and not _is_candidate(asked, side):
                green = view.ABSENT  # what is kept warm is nobody's candidate
            return Observation(
                green=green.health,
                asked=asked.share_of(side),
                seen=share,
                blue=blue.health,
                is_failed=green.is_failed,
                is_finished=ref is not None and asked.held[side].is_finished,
                outside_status=f"side {side}: {green.sentence}; side {side.other}: {blue.sentence}",
                preview_url=self.site.preview_url if asked.preview is side else "",
                message="; ".join(filter(None, (green.message, blue.message))),
                log_tail=self._log_tail(side, asked) if green.health is not Health.HEALTHY else "",
            )

    def start(self, artifact: Artifact, token: str) -> Ref:
        """Will bring `artifact` up beside blue, or take it as it is where it is still warm.

        Raises TargetError: permanent for a wrong repository or commit, and while the idle side has traffic.
        """
        with _speaking():
            # The slow part holds no lock, so that it never keeps a roll-back waiting.
            folder = checkouts.make(self.site.folder, artifact, limit_s=CHECKOUT_LIMIT_S)
            with self._locked():
                asked = sides.read(self.site.folder)
                side = asked.side_of(token) or self._free_side(asked)
                before = asked.held.get(side)
                is_warm = before is not None and _is_same(before.artifact, artifact)
                if before is None or before.token != token:
                    group = before.group if before and is_warm else self._group(side, token)
                    asked = asked.with_held(side, Held(artifact, token, group))
                if side is not asked.blue:
                    asked = replace(asked, preview=side)
                sides.write(self.site.folder, asked)
                if not is_warm:
                    self.traffic.distrust(side)
                group = asked.held[side].group
                for old in self.launcher.groups(f"{self.site.name}.{side}.") - {group}:
                    self.launcher.stop(old)
                self.launcher.start(group, copies.of(self.site, side, asked.held[side], folder))
                self.traffic.put(asked)
            checkouts.prune(self.site.folder, [held.artifact for held in asked.held.values()])
            copies.prune_logs(self.site, [held.group for held in asked.held.values()])
            return Ref(token)

    def shift(self, ref: Ref, weight: int) -> None:
        """Will give green `weight` per cent of the visitors.

        Raises TargetError: permanent for an unknown or finished rollout or a weight that is none; not permanent while
        green has no copy that answers.
        """
        with _speaking(), self._locked():
            asked = sides.read(self.site.folder)
            side = self._side_of(ref, asked)
            if not 0 <= weight <= 100:
                raise TargetError("weight-impossible", f"{weight} is no share of the traffic", permanent=True)
            if asked.held[side].is_finished and weight != asked.share_of(side):
                raise TargetError(
                    "already-finished", "This rollout is finished; its share can't change", permanent=True
                )
            if weight > asked.share_of(side) and not self._view(side, asked, self.traffic.see()).up:
                raise TargetError("green-not-up", "No copy of green answers, so it gets no visitors", permanent=False)
            self._put(asked.with_share(side, weight))

    def finish(self, ref: Ref) -> None:
        """Will make green the blue of the next rollout; the old blue stays warm.

        Raises TargetError, permanent when green does not have all traffic.
        """
        with _speaking(), self._locked():
            asked = sides.read(self.site.folder)
            side = self._side_of(ref, asked)
            if asked.held[side].is_finished:
                return
            if asked.share_of(side) != 100 or self._seen_share(side, asked) != 100:
                raise TargetError("green-not-whole", "Green does not have all traffic yet", permanent=True)
            finished = replace(asked.held[side], is_finished=True)
            self._put(replace(asked.with_held(side, finished), blue=side, preview=None))

    def abort(self, ref: Ref) -> None:
        """Will give all traffic to blue; after `finish` the side that was blue before is blue again.

        While no copy of blue answers but green does, blue is started and the traffic stays: say it again then.
        Raises TargetError, permanent when another release stands where the old blue was.
        """
        with _speaking(), self._locked():
            asked = sides.read(self.site.folder)
            side = asked.side_of(ref.outside_id)
            if side is None:
                return
            if side is asked.blue:
                asked = self._unfinish(side, asked)
            elif asked.held[side].is_finished:
                return  # an older rollout, kept warm: it has no traffic to give back
            blue = asked.held.get(side.other)
            seen = self.traffic.see()
            if blue and not self._view(side.other, asked, seen).up:
                folder = checkouts.make(self.site.folder, blue.artifact, limit_s=CHECKOUT_LIMIT_S)
                self.launcher.start(blue.group, copies.of(self.site, side.other, blue, folder))
                if self._view(side, asked, seen).up:
                    return
            self._put(asked.with_share(side, 0))

    def clean(self, ref: Ref) -> None:
        """Will take green down and forget it; its requests in flight end first.

        Raises TargetError, permanent while it has traffic.
        """
        with _speaking(), self._locked():
            asked = sides.read(self.site.folder)
            side = asked.side_of(ref.outside_id)
            if side is None:
                return
            if side is asked.blue or asked.share_of(side) or self._seen_share(side, asked):
                raise TargetError("green-has-traffic", "It still has visitors, so it stays", permanent=True)
            self.launcher.stop(asked.held[side].group)
            asked = asked.with_held(side, None)
            self._put(replace(asked, preview=None if asked.preview is side else asked.preview))

    def restore(self) -> None:
        """Will put what was asked into HAProxy again, and start copies that are missing.

        Raises TargetError.
        """
        with _speaking(), self._locked():
            asked = sides.read(self.site.folder)
            self.traffic.put(asked)
            self.traffic.put_copies_back()
            for side, held in asked.held.items():
                folder = checkouts.make(self.site.folder, held.artifact, limit_s=CHECKOUT_LIMIT_S)
                self.launcher.start(held.group, copies.of(self.site, side, held, folder))

    def adopt(self) -> None:
        """Will take what HAProxy does now as what was asked.

        Raises TargetError.
        """
        with _speaking(), self._locked():
            asked = sides.read(self.site.folder)
            self._put(replace(asked, share_b=self.traffic.see().share_b(asked.share_b)))

    def foresee(self, ref: Ref, weights: Sequence[int]) -> Foresight:
        """Will list what HAProxy is going to be told, and how both sides do.

        Raises TargetError, permanent for an unknown rollout.
        """
        with _speaking():
            asked = sides.read(self.site.folder)
            side = self._side_of(ref, asked)
            seen = self.traffic.see()
            green, blue = self._view(side, asked, seen), self._view(side.other, asked, seen)
            return foresight.of(self.site, side, weights, green=green, blue=blue)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with sides.lock(self.site.folder, LOCK_LIMIT_S):
            yield

    def _put(self, asked: Sides) -> None:
        sides.write(self.site.folder, asked)
        self.traffic.put(asked)

    def _group(self, side: Side, token: str) -> str:
        return f"{self.site.name}.{side}.{hashlib.sha256(token.encode()).hexdigest()[:10]}"

    def _free_side(self, asked: Sides) -> Side:
        side = asked.idle
        if asked.share_of(side) or self._seen_share(side, asked):
            raise TargetError("side-has-traffic", "The side that would take green has visitors", permanent=True)
        return side

    def _side_of(self, ref: Ref, asked: Sides) -> Side:
        side = asked.side_of(ref.outside_id)
        if side is None:
            raise TargetError("rollout-unknown", "Nothing of this rollout runs here", permanent=True)
        return side

    def _unfinish(self, side: Side, asked: Sides) -> Sides:
        other = asked.held.get(side.other)
        if other is not None and not other.is_finished:
            raise TargetError("old-blue-gone", "Another release stands where the old blue was", permanent=True)
        green = replace(asked.held[side], is_finished=False)
        return replace(asked.with_held(side, green), blue=side.other if other else None, preview=side)

    def _seen_share(self, side: Side, asked: Sides) -> int:
        seen_b = self.traffic.see().share_b(asked.share_b)
        return seen_b if side is Side.B else 100 - seen_b

    def _of_nobody(self, asked: Sides, seen: Seen) -> Observation:
        blue = self._view(asked.blue, asked, seen) if asked.blue else view.ABSENT
        sentence = "Nothing of this rollout runs here"
        return Observation(Health.ABSENT, 0, 0, blue.health, outside_status=sentence, message=blue.message)

    def _view(self, side: Side, asked: Sides, seen: Seen) -> View:
        held = asked.held.get(side)
        if held is None:
            return view.ABSENT
        names = balancer.copy_names(self.site, side)
        problem = ""
        try:
            statuses = self.launcher.states(held.group)
        except LauncherError as error:
            # HAProxy's word is enough to say what serves, and a roll-back must not wait for the launcher.
            statuses, problem = None, str(error)
        found = view.judge(
            names,
            up=seen.up[side],
            by_hand=seen.by_hand[side],
            statuses=statuses,
            young_s=2 * self.site.check_ms / 1000,
        )
        return replace(found, message="; ".join(filter(None, (found.message, problem))))

    def _log_tail(self, side: Side, asked: Sides) -> str:
        held = asked.held.get(side)
        try:
            return self.launcher.log_tail(held.group, LOG_LINES) if held else ""
        except LauncherError as error:
            return f"The log can't be had: {error}."


def _is_same(warm: Artifact, wanted: Artifact) -> bool:
    # The digest says what runs; the version is what its copies answer when they are asked for it.
    return (warm.digest, warm.version) == (wanted.digest, wanted.version)


def _is_candidate(asked: Sides, side: Side) -> bool:
    held = asked.held.get(side)
    return held is not None and not held.is_finished


@contextmanager
def _speaking() -> Iterator[None]:
    """Turns what the parts raise into the port's error; a later look may find them answering again."""
    try:
        yield
    except RuntimeSocketError as error:
        raise TargetError("balancer-unanswered", str(error), permanent=False) from error
    except LauncherError as error:
        raise TargetError("launcher-unanswered", str(error), permanent=False) from error
