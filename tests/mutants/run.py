#!/usr/bin/python3
"""make mutants [MUTANTS="words"]: plants one fault after the other in a copy of the sources, builds the daemon, and runs the test that
must see it. A mutant that no test sees, or that does not fit the sources any more, is exit status 1.

Each is a sentence, a file, the text that is replaced, its replacement, and the test with its words."""
import os, pathlib, shutil, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "mutants"
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
MUTANTS = {
    "heavy_unbounded": ("a connection hands out heavy requests without end", "server/conn_turn.c", "c->heavy < c->table->limits.heavy_max;", "true;",
                        "test_heavy.py a_connection_has"),
    "tables_unbounded": ("tables keep what they like", "server/pool.c", "bool ok = bytes <= p->stats.held_max - p->stats.held;", "bool ok = true;",
                         "test_heavy.py all_tables"),
    "accept_without_pause": ("accepting goes on without descriptors", "server/listener.c", "    event_del(l->readable);\n    event_add(l->resume, &tv);", "    (void)tv;",
                             "test_badpeers.py no_descriptors"),
    "length_unjudged": ("any length is taken before Hello", "server/frames.c", "conn_identity(c)->known ? conn_limits(c)->frame_max : FRAME_MAX_BEFORE_HELLO",
                        "(size_t)UINT32_MAX + (size_t)FRAME_MAX_BEFORE_HELLO", "test_badframes.py frames_that_lie"),
    "admission_never": ("whatever the delay, all is taken on", "server/admission.c", "    if (delay_ns > limit_ns)\n", "    if (delay_ns > limit_ns && how == CRITICALITIES)\n",
                        "test_overload.py many_times"),
    "shares_ignored": ("a firm may have all of it", "server/admission.c", "is_over_share(a, name_of(firm), now_ns))", "is_over_share(a, name_of(firm), now_ns) && firm == NULL)",
                       "test_overload.py a_large_firm"),
    "pause_counts": ("input is dated at the last read, however long ago", "server/conn_time.c", "if (loop_found_nothing(c->table->loop, c->on_turn))",
                     "if (loop_found_nothing(c->table->loop, c->on_turn) && c == NULL)", "test_overload.py a_pause"),
    "ok_before_sync": ("a statement has ended when its rows are there", "server/db_conn.c",
                       "            end_entry(c, fifo_pop(&c->sent));\n        } else {\n            keep_result(c->sent.head, res);\n",
                       "        } else {\n            keep_result(c->sent.head, res);\n            end_entry(c, fifo_pop(&c->sent));\n", "test_failpoints.py"),
}


def copy():
    """The sources as git has them and as they are changed, beside what is built: only what differs is built again."""
    COPY.mkdir(parents=True, exist_ok=True)
    for name in subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n"):
        src, dst = ROOT / name, COPY / name
        if not name or name.startswith("web/") or not src.is_file():
            continue
        if not dst.exists() or dst.read_bytes() != src.read_bytes():
            dst.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(src, dst)
    if not (COPY / "build" / "obj").exists():
        (COPY / "build").mkdir(exist_ok=True)
        for part in ("obj", "gen", "daye.net", "failpoint.so", "zongheng-load", "zongheng", "zonghengd", "libserver.a", "libclient.a", "libzongheng.a"):
            subprocess.run(["cp", "-a", str(ROOT / "build" / part), str(COPY / "build")], check=True)


def make():
    p = subprocess.run(["make", "-s", "-j2", "build/zonghengd", "build/zongheng-load"], cwd=COPY, capture_output=True, text=True)
    return p.returncode == 0, p.stdout + p.stderr


def seen(name):
    what, file, old, new, test = MUTANTS[name]
    path = COPY / file
    good = path.read_text()
    if old not in good:
        return False, "the text that it replaces is not there any more"
    path.write_text(good.replace(old, new))
    try:
        ok, out = make()
        if not ok:
            return False, "it does not build: " + out[-400:]
        words = test.split()
        p = subprocess.run([PYTHON, f"tests/e2e/{words[0]}", *words[1:]], cwd=COPY, env={**os.environ, "BUILD": "build"}, capture_output=True, text=True, timeout=300)
        why = [l.strip() for l in p.stdout.split("\n") if "Error" in l or "Gone" in l or "Refused" in l]
        return p.returncode != 0, why[0][:160] if why else p.stdout[-200:].strip()
    except subprocess.TimeoutExpired:
        return True, "the test did not end"
    finally:
        path.write_text(good)


copy()
wanted = [n for n in MUTANTS if not sys.argv[1:] or any(w in n for w in sys.argv[1:])]
bad = 0
for name in wanted:
    began = time.time()
    caught, why = seen(name)
    bad += not caught
    print(f"{'seen    ' if caught else 'NOT SEEN'} {name}: {MUTANTS[name][0]} ({MUTANTS[name][4]}, {time.time() - began:.0f} s): {why}", flush=True)
make()
print(f"{len(wanted) - bad} passed, {bad} failed")
sys.exit(bad != 0)
