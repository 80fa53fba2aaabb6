"""What the GPU model costs: the scenario i915-idle, its figures beside their limits."""

import json
from pathlib import Path

from igdlab import runner

SCENARIO = "i915-idle"
UNITS = {"share": "of a core", "converted_bytes": "bytes"}
ROWS = (  # phase, figure, what it is, limit
    ("idle", "share", "60 Hz, nothing changes, nobody looks", 0.02),
    ("viewed", "share", "60 Hz, nothing changes, a VNC viewer looks", 0.02),
    ("little", "converted_bytes", "20 changes of 64 pixels, a VNC viewer looks", None),
    ("much", "converted_bytes", "20 changes of 1024 by 768 pixels", None),
)


def measure(build, generation="skylake"):
    """Run the scenario; a list of rows for JSON, and whether it passed."""
    result = runner.run(SCENARIO, runner.Options(build, generation=generation))
    path = Path(result["folder"]) / "figures.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    rows = [{"phase": phase, "what": what, "figure": found.get(phase, {}).get(name),
             "unit": UNITS[name], "limit": limit,
             "seconds": found.get(phase, {}).get("seconds"),
             "ticks": found.get(phase, {}).get("ticks")}
            for phase, name, what, limit in ROWS]
    return rows, result["passed"]


def print_table(rows):
    """The rows as a table in Markdown."""
    print("| what | figure | limit | processor time |")
    print("| --- | ---: | ---: | ---: |")
    for row in rows:
        if row["figure"] is None:
            figure = "-"
        elif row["unit"] == "bytes":
            figure = f"{row['figure']:,} bytes"
        else:
            figure = f"{row['figure']:.2%} of a core"
        limit = f"{row['limit']:.0%}" if row["limit"] else ""
        used = "-" if row["ticks"] is None else f"{row['ticks'] * 10} ms in {row['seconds']} s"
        print(f"| {row['what']} | {figure} | {limit} | {used} |")
