"""`python -m tacit.demo`."""

import sys

from tacit.demo.program import main

if __name__ == "__main__":
    sys.exit(main())
