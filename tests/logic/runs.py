"""Episodes as tests of patterns write them down."""

from tacit.types import Episode, Failure, Item, Outcome, Step, StepResult, Success

__all__ = ["episode", "step"]


def step(tool: str, arguments: str = "", observation: str = "done", result: StepResult = "success") -> Step:
    return Step(tool=tool, arguments=arguments, observation=observation, result=result)


def episode(
    *steps: Step,
    id: str = "e1",
    task: str = "Publish the new branch",
    success: bool | None = True,
    domain: str = "git",
    created_at: int = 1,
) -> Item:
    outcome: Outcome | None = None if success is None else Success() if success else Failure()
    return Item(
        id=id,
        kind="episode",
        text=task,
        type="other",
        domain=domain,
        created_at=created_at,
        payload=Episode(task=task, steps=steps, outcome=outcome),
    )
