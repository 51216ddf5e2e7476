"""Asks mutants that were all built at once: ask.py CHECKOUT LIST GROUP.toml ANSWERS NUMBER...

Those numbers (places in LIST, from one) that do not compile are left out, found by asking the compiler until it is content. Each of the others is chosen by
TENURE_MUTANT and asked by the tests of the group, then by the others of the package, until one fails. ANSWERS gets the lists `caught.txt`, `missed.txt`,
`unviable.txt` (what the compiler refuses here it refuses alone as well) and `left.txt` (to be asked alone), with the names that cargo-mutants gives. They are
asked in an order that goes through all places alike, so that the beginning of a list is a sample. TENURE_MUTANT_TESTS=concern asks by the tests of the group alone:
what they miss is to be asked again, by number.
"""

import concurrent.futures, json, os, pathlib, re, resource, subprocess, sys, time, tomllib

checkout, listed, group, answers = (pathlib.Path(name).resolve() for name in sys.argv[1:5])
mutants = json.loads(listed.read_text())
wanted = {int(number) for number in sys.argv[5:]} or set(range(1, len(mutants) + 1))
package = mutants[0]["package"]
first_args = tomllib.loads(group.read_text())["additional_cargo_args"]
concern = {first_args[i + 1] for i, word in enumerate(first_args) if word == "--test"} | ({"--lib"} if "--lib" in first_args else set())
arm = pathlib.Path(__file__).resolve().parents[2] / ".cache/arm/debug/mutants"
answers.mkdir(parents=True, exist_ok=True)


def name(number):
    return mutants[number - 1]["name"]


def put_in(left_out):
    """Writes the files anew, and gives the numbers that are in them."""
    subprocess.run(["git", "checkout", "--quiet", "--force", "."], cwd=checkout, check=True)
    (answers / "left_out").write_text(" ".join(map(str, sorted(left_out))))
    run = subprocess.run([arm, listed, answers / "left_out", checkout], check=True, capture_output=True, text=True)
    return {int(line) for line in run.stdout.split()}


def cargo(*arguments):
    run = subprocess.run(["cargo", *arguments, "--locked", "--message-format", "json", "--package", package], cwd=checkout, capture_output=True, text=True)
    return run.returncode == 0, [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")], run.stderr


def not_exhaustive(error):
    """An arm goes by a guard, which the compiler takes for one that may fail."""
    return (error["code"] or {}).get("code") == "E0004"


def end_of_match(text, at):
    at, depth = text.find(b"{", at), 0
    for at in range(at, len(text)):
        depth += {b"{": 1, b"}": -1}.get(text[at : at + 1], 0)
        if depth == 0:
            break
    return at


def owners(errors):
    """The mutants whose pieces the compiler complains about, and those that lie in what it complains about."""
    within, about, aside = set(), set(), set()
    for error in errors:
        for span in error["spans"]:
            path = checkout / span["file_name"]
            if not path.is_file() or not path.is_relative_to(checkout):
                continue
            text = path.read_bytes()
            start, end = span["byte_start"], span["byte_end"]
            around, touched = [], set()
            if not_exhaustive(error):
                end = end_of_match(text, end)
            for piece in re.finditer(rb"/\*<(\d+)\*/", text):
                number = piece.group(1)
                last = text.find(b"/*" + number + b">*/", piece.start())
                if piece.start() <= start and end <= last and not not_exhaustive(error):
                    around.append((last - piece.start(), int(number)))
                elif start <= piece.start() and last <= end and (not not_exhaustive(error) or mutants[int(number) - 1]["genre"] == "MatchArm"):
                    touched.add(int(number))
            if span["is_primary"]:
                within |= {min(around)[1]} if around else set()
                about |= set() if around else touched
            elif around:
                aside.add(min(around)[1])
    return within, about - within or aside - within


refused = set()


def compile_all():
    # Where the type is opaque, another value cannot be returned beside the one that is there; iterators are chained.
    returned = {n: m["function"]["return_type"] for n, m in enumerate(mutants, 1) if m["genre"] == "FnValue"}
    opaque = {n for n, kind in returned.items() if "impl " in kind and not kind.startswith("-> impl Iterator<")}
    left_out = set(range(1, len(mutants) + 1)) - wanted | opaque
    while True:
        put = put_in(left_out)
        good, messages, stderr = cargo("check", "--lib")
        if good:
            return put
        errors = [m["message"] for m in messages if m["reason"] == "compiler-message" and m["message"]["level"] == "error"]
        within, about = owners(errors)
        refused.update(within)
        guilty = ((within or about) & put) - left_out
        print(f"{len(errors)} errors, {len(guilty)} mutants do not compile so", flush=True)
        if not guilty:
            sys.exit("\n".join(e["rendered"] for e in errors[:5]) or stderr[-3000:])
        left_out |= guilty


def programs():
    alone = [word for test in sorted(concern) for word in (["--test", test] if test != "--lib" else [test])]
    some = os.environ.get("TENURE_MUTANT_TESTS") == "concern"
    good, messages, stderr = cargo("test", "--no-run", *(alone if some else ["--lib", "--tests"]))
    if not good:
        sys.exit(stderr[-3000:])
    built = [m for m in messages if m["reason"] == "compiler-artifact" and m.get("executable") and m["profile"]["test"]]
    key = lambda m: "--lib" if "lib" in m["target"]["kind"] else m["target"]["name"]
    return sorted(((key(m), m["executable"], str(pathlib.Path(m["manifest_path"]).parent)) for m in built), key=lambda p: p[0] not in concern)


def run(program, number, limit):
    """What is wrong with a program: nothing, that its tests fail, or that they take too long."""
    memory = lambda: resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    environment = {**os.environ, "TENURE_MUTANT": str(number), "PROPTEST_CASES": os.environ.get("PROPTEST_CASES", "256"), "INSTA_UPDATE": "no"}
    try:
        command = [program[1], "--quiet", "-Zunstable-options", "--fail-fast"]
        done = subprocess.run(command, cwd=program[2], env={**environment, "RUSTC_BOOTSTRAP": "1"}, preexec_fn=memory, timeout=limit,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return None if done.returncode == 0 else "fails"
    except subprocess.TimeoutExpired:
        return "takes too long"


put = compile_all()
usable = []
for program in programs():
    start = time.monotonic()
    good = not run(program, 0, 600)
    took = time.monotonic() - start
    print(f"{program[0]}: {took:.1f} s" + ("" if good else ", fails without a mutant and is not used"), flush=True)
    if good:
        usable.append((program, took * 10 + 30))
# Those that answer at once find most.
usable.sort(key=lambda entry: (entry[0][0] not in concern, entry[1]))


def ask(number):
    for program, limit in usable:
        if wrong := run(program, number, limit):
            return number, f"{program[0]} {wrong}"
    return number, None


lists = {kind: open(answers / f"{kind}.txt", "w", buffering=1) for kind in ("caught", "missed", "unviable", "left")}
for number in sorted(wanted - put):
    print(name(number), file=lists["unviable" if number in refused else "left"])
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for number, by in pool.map(ask, sorted(put & wanted, key=lambda number: number * 0.618034 % 1)):
        print(number, name(number), by or "", sep="\t", file=lists["caught" if by else "missed"])
