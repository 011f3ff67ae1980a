"""Runs a command and says what it cost: `measure.py REPORT LOG COMMAND...`.

REPORT gets JSON: `status`, `seconds` of wall clock, `cpu_seconds` of all threads, `peak_mib` of
resident memory. What the command prints goes to LOG. A process of its own, because Linux counts
into a child's peak what its parent held when the child was made: this one holds next to nothing.
"""
import json
import os
import subprocess
import sys
import time


def measure(command, log):
    started = time.monotonic()
    with open(log, "wb") as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return {
        "status": child.returncode,
        "seconds": time.monotonic() - started,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / 1024,
    }


def main(report, log, *command):
    cost = measure(command, log)
    with open(report, "w", encoding="utf-8") as file:
        json.dump(cost, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
