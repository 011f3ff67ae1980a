"""Where a run was made: commit, processor, memory, system."""
import os
import platform
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def commit():
    head = output(["git", "-C", HERE, "rev-parse", "--short", "HEAD"])
    changes = output(["git", "-C", HERE, "status", "--porcelain", "--", ":/", ":!/benches/record"])
    return head + (" with changes not committed" if changes else "")


def machine():
    cpu = field("/proc/cpuinfo", "model name") or platform.machine()
    kib = int((field("/proc/meminfo", "MemTotal") or "0 kB").split()[0])
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        system = platform.system()
    return f"{cpu}, {len(os.sched_getaffinity(0))} cores, {kib / 2**20:.0f} GiB, {system}"


def field(path, name):
    """The first value of `name: value` lines in a file; None without the file or the name."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.split(":", 1)[1].strip() for line in lines if line.split(":")[0].strip() == name), None)


def output(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
