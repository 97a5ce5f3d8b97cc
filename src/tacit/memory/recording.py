"""The face that records: episodes, what was said, what holds.

Floor 5. Below: base. Above: Memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Unpack

from tacit.logic.about import About
from tacit.logic.steps import Measured
from tacit.memory.base import Base
from tacit.operations import episodes, record
from tacit.operations.episodes import OpenEpisode
from tacit.operations.working import WorkingMemory
from tacit.types import Complexity, Decision, Item, Outcome, Project, StepResult

__all__ = ["Recording"]


class Recording(Base):
    """Methods take the keyword arguments of `About`; what they return is durable."""

    def episode(
        self,
        task: str,
        *,
        task_type: str = "other",
        complexity: Complexity = "moderate",
        framework: str = "",
        agent: str = "",
        **about: Unpack[About],
    ) -> OpenEpisode:
        """Start an episode: log its steps and complete it on what is returned, or use it in `with`."""
        opened = episodes.start(
            self._scope, task, task_type=task_type, complexity=complexity, framework=framework, agent=agent, **about
        )
        self._running()
        with self._lock:
            self._episodes[opened.id] = opened
        return opened

    def start_episode(
        self,
        task: str,
        *,
        task_type: str = "other",
        complexity: Complexity = "moderate",
        framework: str = "",
        agent: str = "",
        **about: Unpack[About],
    ) -> str:
        """Start an episode; -> its id, for `log_step` and `complete_episode`, from any process."""
        return self.episode(
            task, task_type=task_type, complexity=complexity, framework=framework, agent=agent, **about
        ).id

    def resume_episode(self, id: str) -> OpenEpisode:
        """An episode that was started here or in another process."""
        with self._lock:
            known = self._episodes.get(id)
        if known is None:
            known = episodes.resume(self._scope, id)
            with self._lock:
                known = self._episodes.setdefault(id, known)
        return known

    def log_step(
        self,
        id: str,
        tool: str,
        *,
        action: str = "",
        arguments: str | Mapping[str, Any] | list[Any] = "",
        observation: str = "",
        result: StepResult = "unknown",
        **measured: Unpack[Measured],
    ) -> None:
        """Log one tool call of an episode; buffered (50 steps or 5 s)."""
        self.resume_episode(id).step(
            tool, action=action, arguments=arguments, observation=observation, result=result, **measured
        )

    def complete_episode(self, id: str, outcome: Outcome) -> Item:
        """Record an episode with its outcome, durably, with everything that follows from it queued."""
        return self.resume_episode(id).complete(outcome)

    def record_message(self, text: str, *, role: str = "", **about: Unpack[About]) -> Item:
        """Record one utterance; give its author and session."""
        return record.message(self._scope, text, role=role, **about)

    def record_messages(self, said: Iterable[tuple[str, str, About]]) -> list[Item]:
        """Record utterances (text, role, about) in their order, in one transaction."""
        return record.messages(self._scope, said)

    def record_interaction(self, question: str, answer: str = "", takeaway: str = "", **about: Unpack[About]) -> Item:
        """Record one exchange: question, answer, and what to take away from it."""
        return record.interaction(self._scope, question, answer, takeaway, **about)

    def record_fact(self, statement: str, **about: Unpack[About]) -> Item:
        """Record a statement; with a `key` it supersedes the current fact of that key."""
        return record.fact(self._scope, statement, **about)

    def set_preference(self, key: str, /, value: Any, category: str = "general", **about: Unpack[About]) -> Item:
        """Set a preference: key -> any JSON value, over what was there."""
        return record.preference(self._scope, key, value, category, **about)

    def get_preference(self, key: str, default: Any = None) -> Any:
        """The value of a preference, or the default."""
        return record.preference_value(self._scope, key, default)

    def record_project(self, name: str, *, details: Project | None = None, **about: Unpack[About]) -> Item:
        """Record a project, or replace what was known of it."""
        return record.project(self._scope, name, details=details, **about)

    def record_conversation(
        self, summary: str, *, key_decisions: Sequence[str] = (), user_feedback: str = "", **about: Unpack[About]
    ) -> Item:
        """Record the summary of a conversation."""
        return record.conversation(
            self._scope, summary, key_decisions=key_decisions, user_feedback=user_feedback, **about
        )

    def record_decision(self, decision: Decision, **about: Unpack[About]) -> Item:
        """Record a choice among options."""
        return record.decision(self._scope, decision, **about)

    def update_decision(self, id: str, outcome: str, reward: float) -> Item:
        """Say how a decision turned out; the reward lies in [-1, 1]."""
        return record.decision_outcome(self._scope, id, outcome, reward)

    def record_learning_event(
        self,
        event_type: Literal["success", "failure", "feedback"],
        task: str,
        *,
        outcome: str = "",
        reward: float = 0.0,
        **about: Unpack[About],
    ) -> Item:
        """Record a success, a failure or feedback on a task; the reward lies in [-1, 1]."""
        return record.learning_event(self._scope, event_type, task, outcome=outcome, reward=reward, **about)

    def record_solution(
        self,
        solution_type: Literal["error_fix", "feature", "optimization"],
        context: str,
        solution: str,
        **about: Unpack[About],
    ) -> Item:
        """Record what solved a problem; the same again counts as one more success of it."""
        return record.solution(self._scope, solution_type, context, solution, **about)

    def update_solution(self, id: str, *, worked: bool) -> Item:
        """Count one more success or failure of a solution."""
        return record.solution_outcome(self._scope, id, worked=worked)

    def working(self, session: str = "default") -> WorkingMemory:
        """The working memory of a session: in this process, gone with it."""
        with self._lock:
            if session not in self._working:
                self._working[session] = WorkingMemory(self._scope.clock)
            return self._working[session]
