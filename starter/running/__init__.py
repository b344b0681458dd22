"""The whole product on this machine, for `recovery up` and the demonstration; imports no wiring."""

from starter.running.founding import SAMPLE_PEOPLE
from starter.running.lifecycle import RunningProduct, SetUp, product

__all__ = ["SAMPLE_PEOPLE", "RunningProduct", "SetUp", "product"]
