"""`python -m commonweal` is `weal`."""

import sys

from commonweal.doors.cli import main

sys.exit(main())
