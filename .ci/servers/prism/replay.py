"""Sends every recorded request to Prism and fails when one breaks the vendor's description.

usage: replay.py PORT DESCRIPTION FOLDER

Requests to addresses that the description does not have are counted and listed: they are not checked. The recordings
hold no secrets, so each request gets credentials of the same kind made up here; a request that was recorded without
credentials is sent without.
"""

import collections
import glob
import http.client
import json
import sys
from urllib.parse import urlsplit

BASIC = "Basic bm86Ym9keQ=="


BEARER = "Bearer made-up"


def credentials(description, operation):
    """Credentials of the first kind that the operation names; bearer tokens where nothing is said."""
    known = description.get("securityDefinitions") or description.get("components", {}).get("securitySchemes", {})
    named = [name for choice in operation.get("security", description.get("security", [])) for name in choice]
    for scheme in [known[name] for name in named or sorted(known) if name in known]:
        return BASIC if "basic" in (scheme.get("scheme") or scheme.get("type") or "").lower() else BEARER
    return BEARER


def templates(description):
    for path, item in description["paths"].items():
        yield [part for part in path.split("/") if part], {method.upper(): operation for method, operation in item.items()}


def operation_of(paths, method, path):
    parts = [part for part in path.split("/") if part]
    for template, operations in paths:
        same = len(template) == len(parts) and all(t.startswith("{") or t == p for t, p in zip(template, parts))
        if same and method in operations:
            return operations[method]
    return None


def request_violations(header):
    # A long list has a sentence before it, and can be cut off.
    listed = header[header.find("[") :]
    try:
        return [v for v in json.loads(listed) if v["location"][:1] == ["request"]]
    except json.JSONDecodeError:
        return [listed] if '"location":["request"' in listed else []


def main(port, description_file, folder):
    with open(description_file, encoding="utf-8") as file:
        description = json.load(file)
    paths = list(templates(description))
    seen, outside, broken = collections.Counter(), collections.Counter(), []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for name in sorted(glob.glob(f"{folder}/*.har")):
        with open(name, encoding="utf-8") as file:
            entries = json.load(file)["log"]["entries"]
        for entry in entries:
            request = entry["request"]
            url = urlsplit(request["url"])
            target = url.path + (f"?{url.query}" if url.query else "")
            body = request.get("postData", {}).get("text")
            key = (request["method"], target, body)
            if seen[key]:
                seen[key] += 1
                continue
            operation = operation_of(paths, request["method"], url.path)
            if operation is None:
                outside[f"{request['method']} {url.path}"] += 1
                continue
            seen[key] += 1
            headers = {
                h["name"]: credentials(description, operation) if h["name"] == "authorization" else h["value"]
                for h in request["headers"]
                if h["name"] not in ("host", "content-length")
            }
            if "authorization" not in headers:
                continue
            connection.request(request["method"], target, body=body.encode() if body else None, headers=headers)
            answer = connection.getresponse()
            answer.read()
            wrong = request_violations(answer.headers.get("sl-violations") or "[]")
            if wrong or answer.status in (401, 404):
                broken.append((answer.status, request["method"], target, body, wrong))
    print(f"{sum(seen.values())} requests recorded, {len(seen)} different ones checked, {len(broken)} with violations")
    if outside:
        print(f"not in the description, not checked: {sum(outside.values())} requests")
        shapes = collections.Counter()
        for line, count in outside.items():
            method, path = line.split(" ", 1)
            shapes[f"{method} " + "/".join("N" if any(map(str.isdigit, part)) and len(part) > 2 else part for part in path.split("/"))] += count
        for line, count in sorted(shapes.items()):
            print(f"  {count:5} {line}")
    for status, method, target, body, wrong in broken[:40]:
        print(f"VIOLATION {status} {method} {target} {body}\n  {wrong}")
    if broken or not seen:
        sys.exit(1)


main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
