"""``python -m coronet_lib`` is the ``coronet`` command."""

import sys

from coronet_lib.cli import main

sys.exit(main())
