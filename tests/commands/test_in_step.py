#!/usr/bin/env python3
"""test_in_step.py: doctor's JSON, its schema, igdvm-checks(7), and bash's completion say
the same.

usage: test_in_step.py BUILD
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
HOSTS = TOP / "tests/data/hosts"
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "lab"))

from igdlab import runner  # noqa: E402  (the path must be set first)

TYPES = {"object": dict, "array": list, "string": str}


def violations(schema, value, root, where="$"):
    """What in a value a schema does not allow (of its language what ours uses)."""
    if "$ref" in schema:
        part = root
        for name in schema["$ref"].split("/")[1:]:
            part = part[name]
        return violations(part, value, root, where)
    found = []
    if "type" in schema and not isinstance(value, TYPES[schema["type"]]):
        return [f"{where}: no {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{where}: {value}")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{where}: no {key}" for key in schema.get("required", []) if key not in value]
        for key, inner in value.items():
            if key in known:
                found += violations(known[key], inner, root, f"{where}.{key}")
            elif schema.get("additionalProperties") is False:
                found.append(f"{where}: {key} is not in the schema")
    if isinstance(value, list) and "items" in schema:
        for i, inner in enumerate(value):
            found += violations(schema["items"], inner, root, f"{where}[{i}]")
    return found


def check_schema(igdvm, sections):
    """Every capture's JSON against the schema, every id against the page."""
    schema = json.loads((TOP / "docs/doctor.schema.json").read_text())
    found, seen = [], set()
    for capture in sorted(HOSTS.glob("*.tar.gz")):
        done = subprocess.run([igdvm, "doctor", "--json", "--snapshot", capture],
                              capture_output=True, text=True, check=False)
        result = json.loads(done.stdout)
        found += [f"{capture.name}: {v}" for v in violations(schema, result, schema)]
        for mode in result["modes"].values():
            seen |= {check["id"] for check in mode["checks"]}
        seen.add(result["first_cause"]["id"])
    found += [f"{i} is no section of igdvm-checks(7)" for i in seen - sections - {"none"}]
    if not violations(schema, {"modes": {"legacy": {"verdict": "good"}}}, schema):
        found.append("the schema allows anything")
    return found


def check_ids_of_libigd(sections):
    """Every requirement of libigd's has a section, since igdvm run names it."""
    text = (TOP / "src/igd/requirement.c").read_text()
    table = text[text.index("} requirements[] = {"):]
    ids = set(re.findall(r'\{ "([a-z0-9-]+)", (?:LEGACY|UPT)', table))
    assert len(ids) > 15, "the table of requirements was not found"
    return [f"{i} of libigd is no section of igdvm-checks(7)" for i in ids - sections]


def check_ids_of_preflight(sections):
    """What igdvm run refuses a host with begins with the name of a check."""
    text = (TOP / "src/host/preflight.c").read_text()
    ids = set(re.findall(r'"([a-z]+(?:-[a-z]+)*): (?:%s|there|this)', text))
    ids = {i for i in ids if i != "computer"} | set(re.findall(r'\? "([a-z-]+)" : "unbound"', text))
    assert len(ids) > 6, "preflight's messages were not found"
    return [f"{i} of preflight is no section of igdvm-checks(7)" for i in ids - sections]


def check_causes():
    """Every cause of a DMA fault that programs are told is in igdvm-watch(1)."""
    table = (TOP / "src/host/fault_places.c").read_text()
    causes = set(re.findall(r'\.name = "([a-z-]+)"', table))
    assert len(causes) > 5, "the table of causes was not found"
    page = (TOP / "docs/man/igdvm-watch.1").read_text()
    told = set(re.findall(r"[a-z-]+", re.search(r"The cause\nis ([^.]*)\.", page)[1])) - {"or"}
    return [f"causes of igdvm-watch(1): {sorted(causes ^ told)}"] if causes != told else []


def complete(igdvm, *words):
    """What bash offers after these words."""
    script = (f"source {TOP}/completions/igdvm; COMP_WORDS=(igdvm {' '.join(words)}); "
              f"COMP_CWORD={len(words)}; _igdvm {igdvm} '{words[-1]}' "
              f"'{words[-2] if len(words) > 1 else 'igdvm'}'; echo \"${{COMPREPLY[@]}}\"")
    return set(subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                              check=True).stdout.split())


def check_options(igdvm, *words):
    """The options that bash offers after these words are those of --help."""
    text = subprocess.run([igdvm, *words, "--help"], capture_output=True, text=True,
                          check=True).stdout
    options = set(re.findall(r"^ +(?:-[a-z], )?(--[a-z][a-z-]*)", text, re.M))
    offered = complete(igdvm, *words, "--")
    if options and options == offered:
        return []
    return [f"completion of {' '.join(words)}: {sorted(options ^ offered)}"]


def check_completion(igdvm):
    """Commands and options that bash offers are those of --help."""
    told = subprocess.run([igdvm, "--help"], capture_output=True, text=True, check=True).stdout
    commands = set(re.findall(r"^  ([a-z]+) +\S", told, re.M))
    found = [f"completion of commands: {sorted(commands ^ offered)}"
             for offered in [complete(igdvm, "''") - {"--help", "--version"}]
             if offered != commands]
    for command in commands:
        text = subprocess.run([igdvm, command, "--help"], capture_output=True, text=True,
                              check=True).stdout
        if " SUBCOMMAND " in text.splitlines()[0]:
            names = set(re.findall(r"^  ([a-z]+) +\S", text, re.M))
            if complete(igdvm, command, "''") - {"--help"} != names:
                found.append(f"completion of {command}: not {sorted(names)}")
            for name in names:
                found += check_options(igdvm, command, name)
        else:
            found += check_options(igdvm, command)
    if complete(igdvm, "doctor", "--for", "u") != {"upt", "uefi"}:
        found.append("completion of doctor --for")
    return found


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    build = Path(sys.argv[1]).resolve()
    os.environ["LC_ALL"] = "C"
    igdvm = runner.find_igdvm(build)
    page = (build / "docs/man/igdvm-checks.7").read_text().replace("\\-", "-")
    sections = set(re.findall(r"^\.SS (\S+)$", page, re.M))
    found = check_schema(igdvm, sections) + check_ids_of_libigd(sections)
    found += check_ids_of_preflight(sections)
    found += check_causes()
    found += check_completion(igdvm)
    for line in found:
        print(line)
    print(f"{len(found)} differences" if found else "all in step")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
