"""For every test, before anything of ours is imported."""

from __future__ import annotations

import os
import signal
import sys

# A JVM of a test lives minutes: compiled by C1 alone a stack starts in two thirds of the time, for three fifths of the CPU seconds.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")

# PySpark takes a main module without a file, as a worker of pytest-xdist has it, for its doctests, and ends the process.
main = sys.modules["__main__"]
if not hasattr(main, "__file__"):
    main.__file__ = __file__

# A shell has what it starts in the background ignore SIGINT, and children inherit that; a handler they do not inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
