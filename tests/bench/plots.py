"""Draws the benchmark's curves into docs/performance/. Run by
tests/bench/run.sh --plots; needs gnuplot.

Curves show shapes, one run a point. What is promised stands in the table.
"""

import pathlib
import subprocess

from tests.bench import rig
from tests.bench.figures import handshakes

FOLDER = rig.ROOT / "docs" / "performance"
IN_FLIGHT = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
SIGNER_MS = [0, 1, 2, 5, 10, 20]

STYLE = """
set terminal svg size 720,420 font 'sans-serif,13' background '#ffffff'
set border 3 lc rgb '#555555'
set tics nomirror
set grid lc rgb '#dddddd'
set key top left
set style line 1 lc rgb '#1f5fa8' lw 2 pt 7 ps 0.6
set style line 2 lc rgb '#b3541e' lw 2 pt 7 ps 0.6
set style line 3 lc rgb '#3b7d3b' lw 2 pt 7 ps 0.6
"""


def _table(rows):
    return "\n".join(" ".join(f"{value:g}" for value in row) for row in rows)


def _draw(name, script, **tables):
    data = "".join(f"${table} << EOD\n{_table(rows)}\nEOD\n" for table, rows in tables.items())
    path = FOLDER / f"{name}.svg"
    subprocess.run(["gnuplot"], input=f"{STYLE}{data}set output '{path}'\n{script}\n", text=True,
                   check=True)
    print(f"drawn: {path.relative_to(rig.ROOT)}", flush=True)


def _load_curve(bench, key, scheme):
    """(in flight, signatures/s, p99 in µs, items a frame) for each load."""
    rows = []
    with bench.signer() as signer:
        for in_flight in IN_FLIGHT:
            load = bench.stream_load(signer, "--key", key, "--scheme", scheme,
                                     "--in-flight", str(in_flight))
            rows.append((in_flight, load["count"] / load["wall_s"], load["p99_us"],
                         load["items_per_frame"]))
    return rows


def load_curves(bench):
    p256 = _load_curve(bench, "ecdsa.example.test", "ecdsa_secp256r1_sha256")
    ed25519 = _load_curve(bench, "ed25519.example.test", "ed25519")
    _draw("throughput-p99", """
set xlabel 'signatures/s, one core'
set ylabel '99th percentile, µs'
set logscale y
plot $p256 using 2:3 with linespoints ls 1 title 'P-256', \\
     $p256 using 2:3:(sprintf('%d', $1)) with labels offset 1,-1 font ',10' notitle, \\
     $ed25519 using 2:3 with linespoints ls 2 title 'Ed25519', \\
     $ed25519 using 2:3:(sprintf('%d', $1)) with labels offset 1,-1 font ',10' notitle
""", p256=p256, ed25519=ed25519)
    _draw("batch-size", """
set xlabel 'signatures in flight'
set ylabel "signatures in one of the service's answers"
set logscale x 2
plot $p256 using 1:4 with linespoints ls 1 title 'P-256', \\
     $ed25519 using 1:4 with linespoints ls 2 title 'Ed25519'
""", p256=p256, ed25519=ed25519)


def _handshake_rate(bench, server):
    load = handshakes.handshakes(bench, server, "--in-flight", "64")
    return load["count"] / load["wall_s"]


def signer_latency(bench):
    rows = []
    with handshakes.local_server(bench) as local:
        reference = _handshake_rate(bench, local)
    for delay in SIGNER_MS:
        with handshakes.remote_server(bench, delay) as server:
            waits_not = _handshake_rate(bench, server)
        with handshakes.remote_server(bench, delay, "--blocking") as server:
            blocks = _handshake_rate(bench, server)
        rows.append((delay, waits_not, blocks, reference))
    _draw("signer-latency", """
set xlabel 'the signer answers after, ms'
set ylabel 'handshakes/s, a server of one thread'
set yrange [0:*]
set key bottom right
plot $rates using 1:4 with lines ls 3 dt 2 title 'local key', \\
     $rates using 1:2 with linespoints ls 1 title 'remote key, not blocking', \\
     $rates using 1:3 with linespoints ls 2 title 'remote key, blocking'
""", rates=rows)


def draw_all(bench):
    pathlib.Path(FOLDER).mkdir(exist_ok=True)
    load_curves(bench)
    signer_latency(bench)
