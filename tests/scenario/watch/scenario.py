"""watch: a device strays; igdvm watch tells bursts from streams and names the places."""

import json

SUMMARY = "igdvm watch: faults of the emulated IOMMU from a device told to stray"
TIME_LIMIT = 600
VMMS = ("igdvm",)
PROGRAMS = ("igdvm-host",)
QEMU_ARGUMENTS = ("-device", "edu,addr=8.0,dma_mask=0xffffffffffffffff")
PAGE = ~0xfff  # the kernel prints the page


def check(run, checks):
    """Judge one run."""
    if not checks.equal("the lab PC's script ended", run.text("exit-status").strip(), "0"):
        return
    kernel = run.text("lab-pc-kernel.log")
    faults = kernel.count("DMAR: [DMA Read")
    checks.true("the IOMMU reported faults", faults >= 5, f"{faults} lines")
    events = [json.loads(line) for line in run.text("events.json").splitlines()]
    ended = [event for event in events if event["event"] in ("burst", "end")]
    checks.equal("bursts and the stream, in order", [event["event"] for event in ended],
                 ["burst", "end", "burst", "burst", "burst"])
    checks.equal("what they pointed at", [event["cause"] for event in ended],
                 ["stolen", "stolen", "opregion", "other-bar", "unknown"])
    places = dict(line.split() for line in run.text("places").splitlines())
    for event, name in zip(ended, ("stolen", None, "opregion", "other-bar", "unknown")):
        if name:
            checks.equal(f"the address of {name}", int(event["address"], 16) & PAGE,
                         int(places[name], 16) & PAGE)
    streams = [event for event in events if event["event"] == "stream"]
    checks.true("one stream, with a remedy",
                len(streams) == 1 and streams[0]["remedy"] and not streams[0]["harmless"],
                json.dumps(streams)[:300])
    checks.equal("exit status: a stream was seen", run.text("watch-status").strip(), "1")
    text = run.text("events.txt")
    checks.contains("the text says burst", text, "the harmless burst")
    checks.contains("the text says stream", text, "faults go on")
    checks.contains("the text names the place", text, "the host's stolen memory")
