"""A real, persistent S3: Ceph's RADOS Gateway from Debian's packages, on loopback.

One monitor, one OSD on a file, one gateway; no systemd, no containers; up in about 17 s. It
checks signatures, knows multipart uploads and conditional puts, and keeps what it was given.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import boto3
from tests.servers.missing import program
from tests.servers.processes import end, free_ports, spawn, wait_until

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_REMEDY = "apt-get install --no-install-recommends radosgw ceph-mon ceph-osd"
_CONF = Template("""\
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$mon]
auth cluster required = none
auth service required = none
auth client required = none
public addr = 127.0.0.1
cluster addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon warn on pool no redundancy = false
run dir = $folder
log file = $folder/$$name.log
admin socket = $folder/$$name.asok
pid file = $folder/$$name.pid
keyring = $folder/keyring
[mon]
mon data = $folder/mon
mon cluster log file = $folder/cluster.log
mon data avail warn = 2
mon data avail crit = 1
[osd]
osd data = $folder/osd
osd objectstore = bluestore
bluestore block create = true
bluestore block size = 8589934592
bluestore fsck on mount = false
osd memory target = 939524096
osd max object name len = 256
ms bind port min = $low
ms bind port max = $high
[client.rgw]
rgw data = $folder/rgw
rgw frontends = beast endpoint=127.0.0.1:$http tcp_nodelay=1
rgw thread pool size = 32
rgw enable usage log = false
ms mon client mode = crc
""")


class CephS3:
    """One gateway with one user. ``endpoint``, ``key``, ``secret``; the bucket exists."""

    bucket = "salt-tests"
    key = "AKSALT"
    secret = "SKSALT/with+signs="

    def __init__(self) -> None:
        for name in ("ceph", "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin"):
            program(name, _REMEDY)
        self.folder = Path(tempfile.mkdtemp(prefix="salt-ceph-", dir="/tmp"))
        self._processes: list[subprocess.Popen[bytes]] = []
        mon, http, *osd = free_ports(10)
        self.endpoint = f"http://127.0.0.1:{http}"
        self.host = f"127.0.0.1:{http}"
        for name in ("mon", "osd", "rgw"):
            (self.folder / name).mkdir()
        (self.folder / "keyring").touch()
        self._conf = self.folder / "ceph.conf"
        self._fsid = str(uuid.uuid4())
        self._mon = f"[v2:127.0.0.1:{mon}]"
        self._conf.write_text(
            _CONF.substitute(
                fsid=self._fsid, folder=self.folder, mon=mon, http=http, low=osd[0], high=osd[-1]
            )
        )

    def start(self) -> CephS3:
        """Make the cluster and wait until the gateway answers."""
        monmap = str(self.folder / "monmap")
        self._run("monmaptool", "--create", "--fsid", self._fsid, "--addv", "a", self._mon, monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self._spawn("ceph-mon", "-f", "-i", "a")
        wait_until(lambda: self._ask("-s") is not None, 60, "ceph-mon")
        osd_uuid = str(uuid.uuid4())
        self._run("ceph", "osd", "new", osd_uuid)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd_uuid)
        self._spawn("ceph-osd", "-f", "-i", "0")
        wait_until(lambda: "1 up" in (self._ask("osd", "stat") or ""), 60, "ceph-osd")
        self._spawn("radosgw", "-f", "-n", "client.rgw")
        wait_until(self._answers, 120, "radosgw")
        self._run(
            *("radosgw-admin", "-n", "client.rgw", "user", "create", "--uid", "salt"),
            *("--display-name", "salt", "--access-key", self.key, "--secret-key", self.secret),
        )
        self.client().create_bucket(Bucket=self.bucket)
        return self

    def client(self) -> S3Client:
        """A plain boto3 client, for what a test looks at or breaks itself."""
        made: S3Client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            region_name="us-east-1",
        )
        return made

    def close(self) -> None:
        """End the three of them and remove their data."""
        for process in reversed(self._processes):
            process.kill()  # nothing of it is wanted any more
            end(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [*words, *([] if words[0] == "monmaptool" else ["-c", str(self._conf)])],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "CEPH_CONF": str(self._conf)},
        )
        if done.returncode:
            raise RuntimeError(f"{words[0]} failed: {done.stdout}{done.stderr}")
        return done.stdout

    def _ask(self, *words: str) -> str | None:
        try:
            return self._run("ceph", "--connect-timeout", "3", *words)
        except (RuntimeError, subprocess.TimeoutExpired):
            return None

    def _spawn(self, *words: str) -> None:
        log = self.folder / f"{words[0]}.out"
        self._processes.append(spawn([*words, "-c", str(self._conf)], log))

    def _answers(self) -> bool:
        for process in self._processes:
            if process.poll() is not None:
                logs = sorted(self.folder.glob("*.out"))
                raise RuntimeError("\n".join(log.read_text()[-1000:] for log in logs))
        try:
            with urlopen(self.endpoint, timeout=2):
                return True
        except HTTPError as error:
            error.close()
            return True
        except (URLError, OSError):
            return False
