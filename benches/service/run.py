"""Serves a store under fixed rates of requests and writes what that came to.

usage: run.py YIREN SCRATCH PERSONS RECORD

The load is open: requests are sent at fixed rates whatever the answers take, by oha, another
process, and latency counts from the moment at which a request was due (oha's --latency-correction).
"""

import csv
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "peers"))
import machine  # noqa: E402  (beside the peers, which tell the same of this machine)

ROOT = Path(__file__).resolve().parents[2]
RATE = 500  # overlap queries a second
STREAM = 1_000  # records a second
SECONDS = 30
CALLERS = 64  # connections of oha
PROGRAMMES = ["dibao", "tekun", "medical", "housing", "education"]
LEFT_OUT = {"record_id", "status", "start_date", "end_date", "monthly_amount", "updated_at"}


def main() -> None:
    yiren, scratch, persons, record = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    before = os.getloadavg()
    old, new = population(yiren, scratch, persons, 5), population(yiren, scratch, 30_000, 77)
    work = Path(tempfile.mkdtemp(prefix="service-", dir=scratch))
    try:
        figures = measure(yiren, work, old, new)
    finally:
        shutil.rmtree(work)
    text = page(figures, persons, before)
    record.write_text(text)
    print(text)


def population(yiren: str, scratch: Path, persons: int, seed: int) -> Path:
    folder = scratch / f"population-service-{persons}-{seed}"
    if not (folder / "truth.csv").exists():
        run(yiren, "generate", "--persons", persons, "--seed", seed, "--out", folder)
    return folder


def run(*words: object) -> str:
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout


def measure(yiren: str, work: Path, old: Path, new: Path) -> dict:
    store = work / "store"
    run(yiren, "load", "--store", store, old)
    key = {role: run(yiren, "keys", "add", "--store", store, "--role", role).strip() for role in ("approver", "loader", "steward", "auditor")}
    queries, lines = work / "queries", records(new)
    queries.write_text("\n".join(asked(old, new)) + "\n")
    settings = {"YIREN_REQUESTS_PER_SECOND": "100000", "YIREN_LOG": "warn"}
    served = subprocess.Popen([yiren, "--lang", "en", "serve", "--store", store, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True, env=os.environ | settings)
    try:
        address = next(word for word in served.stdout.readline().split() if word.startswith("http://"))
        shoot(address, key["approver"], queries, 10)  # warms up
        figures = {"alone": shoot(address, key["approver"], queries, SECONDS)}
        streaming = Streaming(address, key["loader"], lines)
        figures["stream"] = shoot(address, key["approver"], queries, SECONDS)
        figures["streamed"] = streaming.end()
        sweeping = Sweeping(address, key["steward"])
        figures["sweep"] = shoot(address, key["approver"], queries, SECONDS)
        figures["swept"] = sweeping.end()
        metrics = text(address, key["auditor"], "/metrics")
        figures["records"] = int(float(next(line.split()[1] for line in metrics.splitlines() if line.startswith("yiren_store_records "))))
        figures["memory"] = peak(served.pid)
        return figures
    finally:
        served.terminate()
        served.wait()


def rows(folder: Path, programme: str) -> list[dict]:
    with open(folder / f"{programme}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def asked(old: Path, new: Path) -> list[str]:
    """Bodies of queries: half about people on file, half about others, each for another programme."""
    bodies = []
    for folder in (old, new):
        of_folder = [(row, programme) for programme in PROGRAMMES for row in rows(folder, programme)[:4_000]]
        step = max(1, len(of_folder) // 5_000)
        for place, (row, programme) in enumerate(of_folder[::step]):
            fields = {column: value for column, value in row.items() if value and column not in LEFT_OUT}
            other = PROGRAMMES[(PROGRAMMES.index(programme) + 1 + place % 4) % 5]
            bodies.append({"applicant": fields, "programme": other, "as_of": "2026-06-30", "purpose": "bench"})
    bodies.sort(key=lambda body: hash_of(body))
    return [json.dumps(body, ensure_ascii=False) for body in bodies]


def hash_of(body: dict) -> int:
    """An order that no programme chose, the same in every run."""
    value = 0
    for byte in json.dumps(body, sort_keys=True).encode():
        value = (value * 1_099_511_628_211 ^ byte) & 0xFFFF_FFFF_FFFF_FFFF
    return value


def records(folder: Path) -> list[bytes]:
    lines = []
    for programme in PROGRAMMES:
        for row in rows(folder, programme):
            fields = {column: value for column, value in row.items() if value}
            line = fields | {"source": programme, "record_id": "NEW" + row["record_id"]}
            lines.append(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    lines.sort(key=lambda line: line[::-1])
    return lines


def shoot(address: str, key: str, queries: Path, seconds: int) -> dict:
    words = ["oha", "--no-tui", "--output-format", "json", "-z", f"{seconds}s", "-q", RATE, "--latency-correction", "-c", CALLERS, "-w", "-m", "POST",
             "-H", f"authorization: Bearer {key}", "-T", "application/json", "-Z", queries, f"{address}/v1/overlap"]
    return json.loads(run(*words))


class Streaming:
    """Records that are sent at a fixed rate in one request without end, by a thread."""

    def __init__(self, address: str, key: str, lines: list[bytes]) -> None:
        self.stopped = threading.Event()
        self.answer: dict = {}
        self.sent, self.begun = 0, time.monotonic()
        self.thread = threading.Thread(target=self.send, args=(address, key, lines))
        self.thread.start()

    def send(self, address: str, key: str, lines: list[bytes]) -> None:
        connection = http.client.HTTPConnection(address.removeprefix("http://"))
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"}
        connection.request("POST", "/v1/records/bulk", body=self.due(lines), headers=headers, encode_chunked=True)
        answer = connection.getresponse()
        self.answer = json.loads(answer.read()) | {"status": answer.status}

    def due(self, lines: list[bytes]):
        while not self.stopped.is_set() and self.sent < len(lines):
            until = min(len(lines), int((time.monotonic() - self.begun) * STREAM))
            if until > self.sent:
                yield b"".join(lines[self.sent:until])
                self.sent = until
            time.sleep(0.01)

    def end(self) -> dict:
        seconds = time.monotonic() - self.begun
        self.stopped.set()
        self.thread.join()
        return self.answer | {"rate": self.sent / seconds}


class Sweeping:
    """Sweeps one after the other, begun by a thread."""

    def __init__(self, address: str, key: str) -> None:
        self.stopped = threading.Event()
        self.sweeps: list[dict] = []
        self.begin(address, key)
        self.thread = threading.Thread(target=self.follow, args=(address, key))
        self.thread.start()

    def begin(self, address: str, key: str) -> None:
        self.sweeps.append(post(address, key, "/v1/sweeps"))

    def follow(self, address: str, key: str) -> None:
        while not self.stopped.is_set():
            time.sleep(0.2)
            self.sweeps[-1] = get(address, key, f"/v1/sweeps/{self.sweeps[-1]['id']}")
            if self.sweeps[-1]["state"] != "running":
                self.begin(address, key)

    def end(self) -> list[dict]:
        self.stopped.set()
        self.thread.join()
        return self.sweeps


def request(address: str, key: str, path: str, body: bytes | None = None) -> bytes:
    asked = urllib.request.Request(address + path, data=body, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(asked) as answer:
        return answer.read()


def get(address: str, key: str, path: str) -> dict:
    return json.loads(request(address, key, path))


def text(address: str, key: str, path: str) -> str:
    return request(address, key, path).decode()


def post(address: str, key: str, path: str) -> dict:
    return json.loads(request(address, key, path, b""))


def peak(pid: int) -> int:
    """Most memory that a process has held, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def loads(load: tuple) -> str:
    return ", ".join(f"{one:.2f}" for one in load)


def page(figures: dict, persons: int, before: tuple) -> str:
    goals = {"alone": (2, 10), "stream": (None, 25), "sweep": (None, 50)}
    streamed = figures["streamed"]
    ended = [(sweep["ended"] - sweep["begun"]) / 1000 for sweep in figures["swept"] if sweep["state"] == "done"]
    failed = sum(sweep["state"] == "failed" for sweep in figures["swept"])
    cases = {
        "alone": "nothing else",
        "stream": f"records streaming in: {streamed['rate']:.0f} a second sent, {sum(streamed['fates'].values()):,} acknowledged, {streamed['refused']} refused",
        "sweep": f"full sweeps, one after the other ({', '.join(f'{one:.0f} s' for one in ended) or 'the first did not end'}; {failed} failed)",
    }
    lines = [
        "# The service", "",
        f"`make bench-service`, commit {machine.commit()}, {time.strftime('%Y-%m-%d')}; {machine.machine()}, shared by the service, oha and whatever else ran; load average {loads(before)} when it began and {loads(os.getloadavg())} when it ended.", "",
        f"A store of {figures['records']:,} records (`yiren generate --persons {persons} --seed 5`, and what was streamed in). `POST /v1/overlap` with reasons, half of the applicants on file, at {RATE} a second for {SECONDS} s over {CALLERS} connections, each query noted in the audit. Latency counts from the moment at which a request was due. The service's memory at its peak, sweep included: {figures['memory']:,} MiB.", "",
        "| beside | answered a second | p50 ms | p90 | p99 | p99.9 | most | not answered 200 | goal | |", "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, what in cases.items():
        told = figures[name]
        at = {share: told["latencyPercentiles"][share] * 1000 for share in ("p50", "p90", "p99", "p99.9")}
        statuses = told["statusCodeDistribution"]
        wrong = sum(count for status, count in statuses.items() if status != "200") + sum(told["errorDistribution"].values())
        half, most = goals[name]
        met = at["p99"] <= most and (half is None or at["p50"] <= half) and wrong == 0
        goal = (f"p50 ≤ {half}, " if half else "") + f"p99 ≤ {most}"
        lines.append(f"| {what} | {told['summary']['requestsPerSec']:.0f} | {at['p50']:.2f} | {at['p90']:.2f} | {at['p99']:.2f} | {at['p99.9']:.2f} | {told['summary']['slowest'] * 1000:.1f} | {wrong} | {goal} | {'met' if met else '**not met**'} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
