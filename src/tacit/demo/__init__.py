"""The demo: an agent that does real tasks with real programs, without memory and with it, and what that changes.

Below: the library's public face. Above: the command line (`tacit demo`), and `python -m tacit.demo`.
"""

from tacit.demo.program import main

__all__ = ["main"]
