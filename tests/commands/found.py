"""found.py: how tests that list what they found wrong end."""


def tell(found):
    """Print what was found, and what came of the test; its exit status."""
    for line in found:
        print(line)
    print(f"{len(found)} wrong" if found else "all as expected")
    return 1 if found else 0
