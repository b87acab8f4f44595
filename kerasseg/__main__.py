"""`python -m kerasseg`: the same as the `kerasseg` command."""

import sys

from kerasseg.cli.main import main

sys.exit(main())
