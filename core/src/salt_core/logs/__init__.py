"""Logs as people read them: from the store while they grow, from the archive afterwards."""

from salt_core.logs.last import last_lines
from salt_core.logs.merged import RunLog, Said, Source, follow_run
from salt_core.logs.reader import LogReader, follow

__all__ = ["LogReader", "RunLog", "Said", "Source", "follow", "follow_run", "last_lines"]
