"""Outside calls: the intent first, then the call, then what it gave."""

from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType

from django.db import transaction

from portal.accounts.actors import MACHINE
from portal.audit import ledger
from releases.models import Deployment, Rollout
from releases.operations import events
from releases.operations.advance import leases
from releases.operations.advance.leases import Lease
from releases.rules.decide import Call, TargetVerb
from releases.rules.reasons import Code
from releases.targets.base import Artifact, Ref, Target


def make(call: Call, rollout: Rollout, target: Target, lease: Lease, *, now: datetime) -> None:
    """Will write what is about to be asked, ask it, and keep the answer.

    A crash after the intent is healed by saying the same again. Raises TargetError as the target does.
    """
    limit_s = target.can.start_limit_s if call.verb is TargetVerb.START else target.can.call_limit_s
    if not leases.extend(lease, now=now, for_s=limit_s):
        return
    deployment = _intend(call, rollout, lease, now=now)
    if deployment is None:
        return
    if call.verb is TargetVerb.START:
        ref = target.start(artifact_of(rollout), deployment.token)
        Deployment.objects.filter(pk=deployment.pk, outside_id="").update(outside_id=ref.outside_id, started_at=now)
    else:
        _SAY[call.verb](target, Ref(deployment.outside_id), call.weight or 0)


def _intend(call: Call, rollout: Rollout, lease: Lease, *, now: datetime) -> Deployment | None:
    """Will write the intent under the lease; None when the lease was lost, and nothing may be called."""
    with transaction.atomic():
        if not Rollout.objects.select_for_update().filter(pk=rollout.pk, lease_token=lease.token).exists():
            return None
        token = f"{rollout.environment.slug}-{rollout.pk}"
        deployment, is_new = Deployment.objects.get_or_create(
            rollout=rollout, defaults={"token": token, "intended_at": now}
        )
        if call.weight is not None and call.weight != deployment.asked:
            # `agreed_at` starts anew: until it is seen, this is an order on its way and no drift.
            Deployment.objects.filter(pk=deployment.pk).update(asked=call.weight, agreed_at=None)
        if is_new or call.weight != deployment.asked or call.reason.code is Code.DRIFT:
            ledger.append(_entry(call, rollout, deployment), by=MACHINE, now=now)
    return deployment


def _entry(call: Call, rollout: Rollout, deployment: Deployment) -> ledger.Entry:
    moved = ""
    if call.weight is not None and call.weight != deployment.asked:
        moved = f"Green's share: {deployment.asked} % → {call.weight} %. "
    sentence = moved + (call.reason.sentence if call.reason.code is not Code.AS_PLANNED else "")
    return events.of_rollout(rollout, verb=f"call_{call.verb}", reason=call.reason.code, sentence=sentence.strip())


def artifact_of(rollout: Rollout) -> Artifact:
    """Will give the release as a target sees it."""
    release = rollout.release
    service = rollout.environment.service
    return Artifact(
        service=service.slug,
        version=release.version,
        digest=release.digest,
        commit=release.commit,
        repository=service.repository,
        image=release.artifact,
        configuration=release.configuration,
    )


_SAY: MappingProxyType[TargetVerb, Callable[[Target, Ref, int], None]] = MappingProxyType(
    {
        TargetVerb.SHIFT: lambda target, ref, weight: target.shift(ref, weight),
        TargetVerb.FINISH: lambda target, ref, _: target.finish(ref),
        TargetVerb.ABORT: lambda target, ref, _: target.abort(ref),
        TargetVerb.CLEAN: lambda target, ref, _: target.clean(ref),
    }
)
