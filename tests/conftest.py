import os
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", parent=settings.get_profile("fixed"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(autouse=True)
def _fresh_numbers(request):
    """Each test draws its own numbers, whichever tests ran before it."""
    if hasattr(request.module, "RNG"):
        seed = zlib.crc32(request.node.nodeid.encode())
        request.module.RNG.bit_generator.state = np.random.default_rng(seed).bit_generator.state
