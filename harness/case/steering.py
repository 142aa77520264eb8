"""The tester's machines as cases steer them."""

from __future__ import annotations

from harness.case.running import RunningBench
from harness.core import RigError

__all__ = ["Steering"]

_NO_SUCH = object()


class Steering:
    """A role's node whose methods run between two events of the bench. It is steered by methods only.

    Raises:
        RigError: the model that the rig names for the role cannot do what the case asks of it.
    """

    __slots__ = ("_bench", "_node", "_role")

    def __init__(self, bench: RunningBench, role: str, node: object) -> None:
        self._bench, self._role, self._node = bench, role, node

    def __getattr__(self, name: str) -> object:
        value = self._bench.call(self._role, lambda: getattr(self._node, name, _NO_SUCH))
        if value is _NO_SUCH:
            raise RigError(f"role '{self._role}' has no '{name}': its model in the rig ({type(self._node).__name__}) plays another part")
        if not callable(value):
            return value
        return lambda *args, **kwargs: self._bench.call(self._role, lambda: value(*args, **kwargs))
