"""``python -m salt_sdk``: the artifact's command line, where ``_salt_artifact`` can be imported."""

import sys

from salt_sdk._main import main

sys.exit(main())
