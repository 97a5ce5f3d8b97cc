"""Tasks with git, each with one of its well-known troubles.

Below: the nouns. Above: the deal.
"""

from tacit.demo.family import Family

__all__ = ["GIT_FAMILIES"]

REPO = """
repo() {
  mkdir -p "$1" && (cd "$1" && git init -q && git symbolic-ref HEAD refs/heads/main &&
  git config user.name Dev && git config user.email dev@example.com &&
  git config commit.gpgsign false && echo start > README && git add README && git commit -qm start)
}
save() { (cd "$1" && echo "$3" > "$2" && git add "$2" && git commit -qm "$4"); }
cloned() {
  git clone -q "$1" "$2" && (cd "$2" && git config user.name Dev && git config user.email dev@example.com)
}
set -e
"""
"""Functions of the set-up: a repository with one commit, a file committed, a clone with an identity."""

GIT_FAMILIES = (
    Family(
        name="commit without identity",
        tool="git",
        asked="commit",
        setup=REPO + "mkdir work; cd work; git init -q; git config user.useConfigOnly true; echo x > {file}; git add .",
        verify='test "$(git log -1 --format=%s)" = "{message}"',
        solution=("set the name and email of the committer", "commit"),
        wordings=(
            "On the new build machine, commit the prepared {file} with the message '{message}'.",
            "A fresh container has {file} in its index; make the first commit: '{message}'.",
            "Just reinstalled this laptop. Record the staged {file} as '{message}'.",
            "Save the staged {file} in history from the brand-new server account, message '{message}'.",
        ),
    ),
    Family(
        name="nothing staged",
        tool="git",
        asked="commit",
        setup=REPO + "repo work; cd work; echo draft > {file}",
        verify='test "$(git log -1 --format=%s)" = "{message}" && git cat-file -e HEAD:{file}',
        solution=("stage the file", "commit"),
        wordings=(
            "I wrote {file} this morning; put it under version control as '{message}'.",
            "The new {file} belongs into the history. Commit it, message '{message}'.",
            "Please commit my freshly created {file} with the message '{message}'.",
            "Version the file {file} that I just added to the folder: '{message}'.",
        ),
    ),
    Family(
        name="ignored file",
        tool="git",
        asked="stage the file",
        setup=REPO
        + "repo work; cd work; echo '{file}' > .gitignore; git add .; git commit -qm ignore; echo x > {file}",
        verify="git ls-files --error-unmatch {file}",
        solution=("stage the file although it is ignored",),
        wordings=(
            "Reviewers need the generated {file}: have git track it this once.",
            "Put the build product {file} into the index for the release.",
            "Stage {file}, even though we normally keep generated files out.",
            "For the audit, {file} has to be tracked together with the sources.",
        ),
    ),
    Family(
        name="push to a checked-out branch",
        tool="git",
        asked="push the branch",
        setup=REPO + "repo remote; cloned remote work; save work {file} x '{message}'; cd work; git branch {branch}"
        "; cd ../remote; git checkout -q -b {branch}",
        verify='test "$(git -C {remote} log -1 --format=%s {branch})" = "{message}"',
        solution=("let the remote update its working tree", "push the branch"),
        wordings=(
            "Bring {branch} to my other working copy at {remote}, the one I edit in.",
            "Publish {branch} to the web server's live checkout in {remote}.",
            "The demo box runs straight from its checkout {remote}; push {branch} there.",
            "Send {branch} over to the repository on my desktop, {remote}, where that branch is open.",
        ),
    ),
    Family(
        name="push behind the remote",
        tool="git",
        asked="push the branch",
        setup=REPO + "repo seed; git -C seed branch {branch}; git clone -q --bare seed remote; cloned remote work"
        "; git -C work checkout -q {branch}; cloned remote colleague; git -C colleague checkout -q {branch}"
        "; save colleague theirs.txt x 'by a colleague'; git -C colleague push -q origin {branch}"
        "; save work {file} x '{message}'",
        verify='git -C {remote} log --format=%s {branch} > ../log; grep -qx "{message}" ../log'
        " && grep -qx 'by a colleague' ../log",
        solution=("put own commits on top of the fetched ones", "push the branch"),
        wordings=(
            "Share my commit '{message}' on {branch}; the team has been busy there since yesterday.",
            "Get '{message}' onto the shared {branch}, where others have pushed meanwhile.",
            "Upload {branch} with '{message}'. A colleague was faster this morning.",
            "My work '{message}' must reach the common {branch}, which moved on during lunch.",
        ),
    ),
    Family(
        name="merge conflict",
        tool="git",
        asked="merge the other branch",
        setup=REPO + "repo work; save work {file} one base; cd work; git checkout -q -b {other}; cd .."
        "; save work {file} theirs change; cd work; git checkout -q main; cd ..; save work {file} ours other",
        verify='test "$(git show HEAD:{file})" = theirs && git rev-parse -q --verify HEAD^2 && git diff --quiet',
        solution=("merge the other branch", "keep their side of the conflict"),
        wordings=(
            "Integrate {other} into main; where both edited {file}, what they wrote is right.",
            "Merge the reviewed {other}. Its text of {file} wins over mine.",
            "Bring {other} in. {file} was changed by both of us, and theirs is the good one.",
            "Combine main with {other}: the incoming {file} is the approved version.",
        ),
    ),
    Family(
        name="unrelated histories",
        tool="git",
        asked="merge the other branch",
        setup=REPO + "repo work; repo import; git -C import commit -q --amend -m 'start of another'"
        "; save import {file} x imported; cd work; git fetch -q ../import main:{other}",
        verify="git rev-parse -q --verify HEAD^2 && git cat-file -e HEAD:{file}",
        solution=("merge histories without a common ancestor",),
        wordings=(
            "Fold {other}, imported from the former separate repository, into main.",
            "Two projects become one: merge {other}, which came from another repository.",
            "Join the imported project on {other} with ours.",
            "Unite main with {other}; the latter was started on its own as a different project.",
        ),
    ),
    Family(
        name="local edits in the way",
        tool="git",
        asked="switch to the other branch",
        setup=REPO + "repo work; save work {file} one base; cd work; git checkout -q -b {other}; cd .."
        "; save work {file} two change; cd work; git checkout -q main; echo half-done > {file}",
        verify='test "$(git symbolic-ref --short HEAD)" = {other} && git stash list -p | grep -q half-done',
        solution=("put local edits on the stash", "switch to the other branch"),
        wordings=(
            "Go to {other} for an urgent fix; my half-finished {file} must not get lost.",
            "Change over to {other}. I am in the middle of {file} and want to go on later.",
            "Check out {other} now and keep the unfinished lines in {file} for tomorrow.",
            "I need {other} in front of me, with what I typed into {file} put aside safely.",
        ),
    ),
)
