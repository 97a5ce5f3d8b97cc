"""Tasks with make, tar and scripts, each with one of their well-known troubles.

Below: the nouns. Above: the deal.
"""

from tacit.demo.family import Family

__all__ = ["FILE_FAMILIES"]

START = "set -e; mkdir work; cd work; "

MAKE_FAMILIES = (
    Family(
        name="spaces for tabs",
        tool="make",
        asked="build the target",
        setup=START + "printf '{target}: {file}\\n        cp {file} {target}\\n' > Makefile; echo x > {file}",
        verify="test -s {target}",
        solution=("indent recipes with tabs", "build the target"),
        wordings=(
            "Build {target} with the Makefile that I pasted from the wiki.",
            "Make {target}. The rules were typed in an editor that I am not used to.",
            "Produce {target}; its Makefile was copied out of a chat message.",
            "We got a Makefile by mail, please run it for {target}.",
        ),
    ),
    Family(
        name="folder named as the target",
        tool="make",
        asked="build the target",
        setup=START
        + "mkdir {target}; echo kept > {target}/{file}; printf '{target}:\\n\\techo x > {target}/built\\n' > Makefile",
        verify="test -s {target}/built && test -s {target}/{file}",
        solution=("declare the target phony", "build the target"),
        wordings=(
            "Refresh {target}: make thinks that there is nothing to do, but {target}/built is not there.",
            "Regenerate what is in the folder {target}; the result should be {target}/built.",
            "Have make fill the directory {target} so that {target}/built exists.",
            "The folder {target} is stale. Rebuild it until it has a file called built.",
        ),
    ),
    Family(
        name="prerequisite not generated",
        tool="make",
        asked="build the target",
        setup=START + "echo x > {file}.example; printf '{target}: {file}\\n\\tgrep x {file} > {target}\\n' > Makefile",
        verify="grep -q x {target}",
        solution=("copy the file from its example", "build the target"),
        wordings=(
            "First build of {target} after cloning the project.",
            "Compile {target} in this fresh checkout.",
            "A newcomer downloaded the sources and wants {target} built.",
            "Build {target} from the release archive, nothing was configured so far.",
        ),
    ),
)
TAR_FAMILIES = (
    Family(
        name="wrong compression",
        tool="tar",
        asked="unpack with gzip",
        setup=START + "mkdir {folder}; echo x > {file}; tar -cf {archive} {file}; rm {file}",
        verify="test -s {folder}/{file}",
        solution=("unpack and let tar detect the format",),
        wordings=(
            "Unpack {archive} into {folder}; the vendor names everything .tar.gz.",
            "Extract the download {archive} to {folder}, whatever is really inside.",
            "Open the backup {archive}, written by an old appliance, below {folder}.",
            "Get {file} out of {archive}, as the supplier uploaded it, into {folder}.",
        ),
    ),
    Family(
        name="no such folder",
        tool="tar",
        asked="unpack with gzip",
        setup=START + "echo x > {file}; tar -czf {archive} {file}; rm {file}",
        verify="test -s {folder}/{file}",
        solution=("create the folder", "unpack with gzip"),
        wordings=(
            "Put the contents of {archive} into a new directory {folder}.",
            "Extract {archive} to {folder}, which should be made for it.",
            "Unpack {archive} under {folder} on this empty disk.",
            "Restore {archive} in its own fresh place, {folder}.",
        ),
    ),
    Family(
        name="leading folder",
        tool="tar",
        asked="unpack with gzip",
        setup=START + "mkdir {folder} top; echo x > top/{file}; tar -czf {archive} top; rm -r top",
        verify="test -s {folder}/{file}",
        solution=("unpack without the leading folder",),
        wordings=(
            "Unpack the release {archive} so that {file} lies directly in {folder}.",
            "The installer expects {folder}/{file}, flat; extract {archive} that way.",
            "Lay {archive} out in {folder} with {file} at its top level.",
            "Deploy {archive} to {folder}: no extra directory around {file}, please.",
        ),
    ),
    Family(
        name="dotted member",
        tool="tar",
        asked="unpack one member",
        setup=START
        + "mkdir {folder}; echo x > {file}; echo y > other.txt; tar -czf {archive} ./{file} ./other.txt; rm *.txt",
        verify="test -s {folder}/{file} && test ! -e {folder}/other.txt",
        solution=("unpack one member by its dotted path",),
        wordings=(
            "Fetch only {file} from {archive} and put it into {folder}.",
            "Recover the single file {file} out of the nightly {archive}, to {folder}.",
            "From {archive} I need {file} in {folder}, and nothing else.",
            "Pull just {file} from the snapshot {archive} into {folder}.",
        ),
    ),
)
SH_FAMILIES = (
    Family(
        name="no execute bit",
        tool="sh",
        asked="run the script",
        setup=START + "printf '#!/bin/sh\\necho x > done\\n' > {script}",
        verify="test -s done",
        solution=("make the script executable", "run the script"),
        wordings=(
            "Start {script}, which I downloaded just now.",
            "Run {script} as it came off the USB stick.",
            "Execute the installer {script} from the zip that the browser saved.",
            "Launch {script}; it was copied here through a file share.",
        ),
    ),
    Family(
        name="carriage returns",
        tool="sh",
        asked="run the script",
        setup=START + "printf '#!/bin/sh\\r\\necho x > done\\r\\n' > {script}; chmod +x {script}",
        verify='test "$(cat done)" = x',
        solution=("remove carriage returns", "run the script"),
        wordings=(
            "Run {script}, written by a colleague on Windows.",
            "Start {script}; it was edited in Notepad.",
            "Execute {script} from the Windows share.",
            "Launch {script} as the Windows team checked it in.",
        ),
    ),
    Family(
        name="output folder missing",
        tool="sh",
        asked="run the script",
        setup=START
        + "printf '#!/bin/sh\\nset -e\\necho x > {folder}/log\\ntouch done\\n' > {script}; chmod +x {script}",
        verify="test -s {folder}/log && test -e done",
        solution=("create the output folder", "run the script"),
        wordings=(
            "Run the nightly {script} on the new machine; it logs to {folder}.",
            "Start {script} here for the first time. Its log goes into {folder}.",
            "Let {script} do its round; the protocol belongs in {folder}.",
            "Trigger {script} on the standby host and see that {folder} has a log.",
        ),
    ),
)
FILE_FAMILIES = MAKE_FAMILIES + TAR_FAMILIES + SH_FAMILIES
