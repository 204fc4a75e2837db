"""The command line `agentforge`. Above the door: it may use everything, nothing may use it.

A command's module is loaded when the command is used, so `agentforge --help` loads click and little else.
"""

from __future__ import annotations

import os
import signal
from typing import NoReturn


def main() -> NoReturn:
    """The console script: runs the command in `sys.argv` and ends the process with its exit code."""
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listens:
        # while click is loaded nobody could say that it was Ctrl-C: end as any program does
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    _fill_descriptors()
    from agentforge_core.cli.root import cli

    try:
        if listens:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        raise SystemExit(cli())
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
        raise
    finally:
        if listens:
            # all is said; while Python takes itself down, Ctrl-C ends it without a word
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _fill_descriptors() -> None:
    """Opens what is closed of stdin, stdout and stderr on the null device, as git does.

    Else the next file that is opened takes the place, and what subprocesses print goes into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # the lowest free descriptor is this one: those below are open by now
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
