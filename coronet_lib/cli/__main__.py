import sys

from coronet_lib.cli.app import main

sys.exit(main())
