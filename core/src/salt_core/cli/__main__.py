"""``python -m salt_core.cli``: the ``salt`` command of this very interpreter."""

from salt_core.cli.root import main

main()
