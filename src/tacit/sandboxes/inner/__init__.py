"""What runs between us and the program: a launcher of its own process. Floor 3.

Below: nothing but the kernel. Above: `sandboxes.supervised`, which starts it as `python -I -S`. It is a process of its
own because a fork of ours, with its threads and its open database, would hand both to whatever runs in the child.

Every run waits for its imports: here are only modules that a bare Python has loaded anyway, or that are written in C.
Without json, pathlib, re, signal and typing a start takes half the time.
"""
