"""EventBridge: what AWS's services and users tell the account's buses, and how it gets lost on the way."""

from simulator.services.events.bus import publish
from simulator.services.events.disturbances import Disturbance, Kind, disturb
from simulator.services.events.targets import deliver_to

__all__ = ["Disturbance", "Kind", "deliver_to", "disturb", "publish"]
