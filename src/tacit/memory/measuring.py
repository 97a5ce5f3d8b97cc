"""The face that measures: what is measured, what it should be, what is worse than that, where it goes.

Floor 5. Below: base. Above: Memory.
"""

from typing import Literal

from tacit.errors import StorageError
from tacit.improvement import Bottleneck, Forecast, Metric, Snapshot, Target
from tacit.logic.limits import LABEL
from tacit.logic.text import checked
from tacit.memory.base import Base
from tacit.operations import bottlenecks, forecasts, measure

__all__ = ["Measuring"]


class Measuring(Base):
    """Metrics are of all processes that use this namespace, over the last hour."""

    def analyze(self, *, session: str = "") -> Snapshot:
        """Measure now, keep the snapshot, and open, update and close bottlenecks by it."""
        checked(session, "session", LABEL)
        sample = self._meter.sample(self._scope.clock(), quiet=True)
        try:
            snapshot = measure.analyze(self._scope, self._backend, self._file, session=session, sample=sample)
        except StorageError:
            if sample is not None:
                self._meter.untold(sample)
            raise
        bottlenecks.identify(self._scope)
        return snapshot

    def snapshots(self, *, hours: float = 24.0, limit: int = 1_000) -> list[Snapshot]:
        """The analyses of the last hours, the oldest first."""
        return measure.snapshots(self._scope, hours=hours, limit=limit)

    def trend(self, metric: Metric, *, hours: float = 24.0) -> list[tuple[int, float]]:
        """(time, value) of each analysis that measured this metric, the oldest first."""
        return measure.trend(self._scope, metric, hours=hours)

    def targets(self) -> dict[str, Target]:
        """What each metric should be: your number, what its history shows, or what is shipped."""
        return measure.targets(self._scope)

    def set_target(self, metric: Metric, value: float | Literal["learned"] | None) -> dict[str, Target]:
        """Say what a metric should be: a number, `learned`, or (None) what is shipped; -> all targets now."""
        return measure.set_target(self._scope, metric, value)

    def find_bottlenecks(self) -> list[Bottleneck]:
        """Hold the latest analysis against the targets again; -> what is open now, the worst first."""
        return bottlenecks.identify(self._scope)

    def bottlenecks(self, *, resolved: bool = False, limit: int = 100) -> list[Bottleneck]:
        """Metrics that are worse than their targets, or are about to be, the worst first; or, `resolved`, the latest
        ones, closed ones among them."""
        return bottlenecks.bottlenecks(self._scope, resolved=resolved, limit=limit)

    def forecasts(self) -> list[Forecast]:
        """Score the forecasts that are due, make new ones, and open bottlenecks that are about to be; -> those that
        are not due yet."""
        made = forecasts.forecasts(self._scope)
        bottlenecks.identify(self._scope)
        return made

    def forecast_scores(self) -> dict[str, dict[str, float]]:
        """Metric -> how good its forecasts were: n, mae, relative (to what came), covered (share in the interval)."""
        return forecasts.scores(self._scope)
