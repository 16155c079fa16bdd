"""moto's own stores, emptied with everything else."""

from moto.moto_api._internal.models import moto_api_backend

from simulator.world import WORLD


@WORLD.on_reset
def _empty() -> None:
    moto_api_backend.reset()
