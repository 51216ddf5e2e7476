"""Writes a copy of an API description in which a contradiction within it is mended.

usage: overlay.py DESCRIPTION OVERLAY COPY

An overlay is a JSON Patch (RFC 6902) of `test`, `replace` and `remove`. Each change stands behind a `test` of what the
description says today, and with `why`, so that an overlay is reviewed like code, and fails when the vendor mends its
description: then it is deleted. An overlay takes nothing away but what the description contradicts itself in.
"""

import json
import sys


def steps(pointer):
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def step(node, part):
    return node[int(part)] if isinstance(node, list) else node[part]


def change(description, action):
    *way, last = steps(action["path"])
    node = description
    for part in way:
        node = step(node, part)
    last = int(last) if isinstance(node, list) else last
    if action["op"] == "test":
        if step(node, last) != action["value"]:
            sys.exit(f"the description has changed at {action['path']}: review the overlay, or delete it")
    elif action["op"] == "replace":
        node[last] = action["value"]
    elif action["op"] == "remove":
        del node[last]
    else:
        sys.exit(f"expected test, replace or remove, found {action['op']}")


def main(description_file, overlay_file, copy_file):
    with open(description_file, encoding="utf-8") as file:
        description = json.load(file)
    with open(overlay_file, encoding="utf-8") as file:
        actions = json.load(file)
    tested = set()
    for action in actions:
        if action["op"] == "test":
            tested.add(action["path"])
        elif action["path"] not in tested or not action.get("why"):
            sys.exit(f"expected a test and a reason before the change at {action['path']}")
        change(description, action)
    with open(copy_file, "w", encoding="utf-8") as file:
        json.dump(description, file, ensure_ascii=False)
    print(f"{len(actions) - len(tested)} contradictions mended by {overlay_file}")


main(*sys.argv[1:4])
