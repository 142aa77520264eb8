"""Property tests give the same result on every run and on every machine: no seed of the day, no time limit."""

from hypothesis import HealthCheck, settings

settings.register_profile("precert", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("precert")
