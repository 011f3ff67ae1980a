"""Runs a command and says what it cost: `measure.py REPORT LOG LIMIT COMMAND...`.

LIMIT is the seconds of wall clock after which the command is killed; 0 for none. REPORT gets JSON:
`status`, `timed_out`, `seconds` of wall clock, `cpu_seconds` of all threads, `peak_mib` of resident
memory. What the command prints goes to LOG. A process of its own, because Linux counts into a
child's peak what its parent held when the child was made: this one holds next to nothing.
"""
import json
import os
import signal
import subprocess
import sys
import threading
import time


def measure(command, log, limit=0):
    started = time.monotonic()
    with open(log, "wb") as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        timed_out = threading.Event()

        def stop():
            timed_out.set()
            os.kill(child.pid, signal.SIGKILL)

        clock = threading.Timer(limit, stop)
        if limit:
            clock.start()
        # The child is reaped only when the clock is stopped, so that its number cannot be another's.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        clock.cancel()
        if limit:
            clock.join()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return {
        "status": child.returncode,
        "timed_out": timed_out.is_set(),
        "seconds": time.monotonic() - started,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / 1024,
    }


def main(report, log, limit, *command):
    cost = measure(command, log, float(limit))
    with open(report, "w", encoding="utf-8") as file:
        json.dump(cost, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
