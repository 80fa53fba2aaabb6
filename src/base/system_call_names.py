#!/usr/bin/env python3
"""system_call_names.py: the names of system calls as C, from the macros of a header.

usage: system_call_names.py MACROS (cc -E -dM of asm/unistd_64.h)
"""

import re
import sys

calls = re.findall(r"^#define __NR_(\w+) (\d+)$", open(sys.argv[1], encoding="ascii").read(), re.M)
if len(calls) < 300:
    sys.exit(f"system_call_names.py: the header tells only of {len(calls)} calls")
print("/* Made by system_call_names.py: number, and name behind a NUL. */")
print('#include "base/sandbox_calls.h"\n')
print("#include <string.h>\n")
print("/* One text: no table of addresses. */")
print("static const char names[] =")
last = max(int(number) for _, number in calls)
by_number = {int(number): name for name, number in calls}
for number in range(last + 1):
    print(f'    "{by_number.get(number, "")}\\0"')
print(f"""    ;

const char *system_call_name(unsigned number)
{{
    const char *name = names;
    if (number > {last})
        return NULL;
    while (number--)
        name += strlen(name) + 1;
    return *name ? name : NULL;
}}""")
