"""What pytest-xdist needs: PySpark takes a main module without a file for its doctests, and ends the process."""

from __future__ import annotations

import sys

main = sys.modules["__main__"]
if not hasattr(main, "__file__"):
    main.__file__ = __file__
