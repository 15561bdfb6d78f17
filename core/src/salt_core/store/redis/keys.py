"""Every key Salt writes: ``<prefix><kind>[:<part>…]``, with its Redis type.

All of a namespace's keys share one hash slot (the braces), so that one script may change them
together on a single server and on a cluster alike. Scripts get the prefix as ``KEYS[1]`` and make
names with the same rule (``lua/include/keys.lua``); they may use no kind that is not listed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a key holds; the comment says its type and its parts."""

    # Runs and tasks
    RUN = "run"  # HASH, <run>: the head
    TASK = "task"  # HASH, <run>:<task>
    ATTEMPTS = "attempts"  # LIST of JSON, <run>:<task>: the tries that have ended
    JOURNAL = "journal"  # LIST, <run>: "c <seq> <name>[\t<kind>\t<source line>]", "d <seq>" and
    # "t <loop> <seq> <turn> <state>"
    DEPENDENTS = "dependents"  # LIST, <run>:<task>: tasks that need its valid result
    LAX = "lax"  # LIST, <run>:<task>: tasks that need its result, valid or not
    ENDED = "ended"  # LIST with expiry, <run>: one entry when it ends, handed on by those who wait
    RUNS = "runs"  # ZSET by creation; with <workflow>: of that workflow
    LIVE = "live"  # ZSET by creation: runs that have not ended
    FINISHED = "finished"  # ZSET by end: what retention may forget
    SWEEPS = "sweeps"  # SET: ended runs that have tasks left to cancel
    DOOMED = "doomed"  # SET: runs whose caller has ended, to cancel
    RELEASING = (
        "releasing"  # SET: members run/task that have ended and have dependents left to tell
    )
    # Events
    EVENTS = "events"  # STREAM, capped, <event>: payloads, for waits that come a moment too late
    EMITTED = "emitted"  # STRING with expiry, <event>:<id>: this id was told
    EMITTING = "emitting"  # ZSET by order: "<event> <entry>" that some waits have still to be told
    WAITERS = "waiters"  # ZSET by order, <event>:<what they want>: members run/task
    SHAPES = "shapes"  # HASH, <event>: fields that waits look at -> how many waits
    LISTENING = "listening"  # ZSET by begin: members run/task that wait for any event
    TOLD = "told"  # STREAM, capped: events of all names, without the whole of their payloads
    # People
    UNDECIDED = "undecided"  # ZSET by begin: members run/task that wait for a person
    # Work
    READY = "ready"  # ZSET by priority, then age, <queue>:<task|body>: members run/task
    ORDER = "order"  # STRING: counter, for waits and events: which came first
    QUEUES = "queues"  # SET of names: queues that ever had something
    WAKE = "wake"  # ZSET, <queue>:<task|body>: holds a marker while the queue has something
    DELAYED = "delayed"  # ZSET by due ms: timers, see lua/include/due.lua
    LEASES = "leases"  # ZSET by expiry ms: members run/task that are running
    CLAIMED = (
        "claimed"  # STRING with expiry, <agent>:<request>: what a claim gave, for a lost reply
    )
    INBOX = "inbox"  # ZSET, <agent>: "j <run>" and "c <run/task>"
    # Hosts, agents
    AGENTS = "agents"  # ZSET by last heartbeat
    AGENT = "agent"  # HASH, <agent>: info JSON, drain
    LEADER = "leader"  # STRING with expiry: the leading host
    CHANGES = "changes"  # STREAM, capped: what dashboards follow
    DEEDS = "deeds"  # STREAM, capped: who did what
    # What runs share; a lane is <queue>:<task|body>
    FAIR = "fair"  # ZSET by last turn, <lane>:<priority>: fair keys that have something ahead
    TURNS = "turns"  # HASH: <lane>:<priority> -> newest turn that was claimed
    LIMIT = "limit"  # ZSET by claim, <limit>: members run/task that hold it
    LET = "let"  # ZSET as ready, <lane>:<limit>: members run/task in ready that count on it
    LIMITED = "limited"  # ZSET as ready, <lane>:<limit>: members run/task put aside
    LANES = "lanes"  # SET, <limit>: lanes that have some put aside
    RATE = "rate"  # HASH with expiry, <limit>: the starts in its window
    MEMO = "memo"  # STRING with expiry, <key>: a value that may be used again
    MEMOS = "memos"  # ZSET by expiry ms: those keys
    HISTORY = "history"  # LIST of JSON, capped, <workflow>:<task>: earlier values
    # Logs
    LOG = "log"  # STREAM, <run>:<task>:<attempt>: entry id is the chunk's end offset
    LOG_META = "logmeta"  # HASH, <run>:<task>:<attempt>: nonce size archived archive closed
    # Registry and schedules
    WORKFLOWS = "workflows"  # SET of names
    WORKFLOW = "workflow"  # HASH, <workflow>
    VERSIONS = "versions"  # ZSET by registration, <workflow>
    VERSION = "version"  # STRING JSON, <workflow>:<version>
    SCHEDULES = "schedules"  # SET of ids, <workflow>
    SCHEDULE = "schedule"  # HASH, <schedule>: definition JSON, workflow, next_due, last_due
    DUE = "due"  # ZSET by next slot ms: schedule ids


@dataclass(frozen=True, slots=True)
class Keys:
    """Names of one namespace's keys."""

    namespace: str = "main"

    @property
    def prefix(self) -> str:
        """What all keys begin with; shard 0 is the only one for now."""
        return f"salt:{{{self.namespace}:0}}:"

    def __call__(self, kind: Kind, *parts: str) -> str:
        """The key of ``kind`` for ``parts``."""
        return self.prefix + ":".join((kind.value, *parts))
