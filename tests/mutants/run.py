#!/usr/bin/python3
"""make mutants [MUTANTS="words"]: plants one fault after the other in a copy of the sources, builds the daemon, and runs the test that
must see it. A mutant that no test sees, or that does not fit the sources any more, is exit status 1.

Each is a sentence, a file, the text that is replaced, its replacement, and the test with its words: a file of tests/e2e, or
the name of a test program."""
import os, pathlib, shutil, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "mutants"
E2E = ["build/zonghengd", "build/zongheng", "build/zongheng-load", "build/failcall.so", "build/failpoint.so"]
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
MUTANTS = {
    "heavy_unbounded": ("a connection has heavy requests in work without end", "server/conn.c", "    return c->heavy >= c->table->limits.heavy_max;", "    return c == NULL;",
                        "test_heavy.py a_connection_has"),
    "light_behind_heavy": ("what is light waits behind its connection's heavy requests", "server/conn_turn.c", "    return c->inflight < c->table->limits.inflight_max;",
                           "    return c->inflight < c->table->limits.inflight_max && c->heavy < c->table->limits.heavy_max;", "test_heavy.py a_connection_has"),
    "waiting_unbounded": ("heavy requests wait without end", "server/conn.c", "    return c->waiting < c->table->limits.waiting_max", "    return c->waiting < UINT32_MAX",
                          "test_heavy.py more_than"),
    "waiting_lost": ("what waits is forgotten with its connection", "server/conn.c", "    conn_start_heavy(c, true);\n", "    conn_start_heavy(c, false);\n", "test_heavy.py what_waits_ends"),
    "expelled_begun": ("what waits is begun for who is turned away", "server/dispatch.c", "conn_is_expelled(call_connection(c))", "conn_is_expelled(call_connection(c)) && now_ns == 0",
                       "test_heavy.py nothing_that_waits"),
    "waits_past_deadline": ("who waits hears of the deadline when its turn comes", "server/conn_time.c", "        conn_expire_heavy(c, now_ns);\n", "", "test_heavy.py who_waits"),
    "unread_keeps_ticket": ("a table that nobody reads keeps a place among the heavy", "server/heavy.c", "void heavy_yield(struct heavy *h)\n{\n    if (h->ticket)",
                            "void heavy_yield(struct heavy *h)\n{\n    if (h->ticket && h->answer.bytes.at != NULL)\n        return;\n    if (h->ticket)", "test_heavy.py unread_tables"),
    "held_back_forgotten": ("what was left because of unsent answers waits for the socket to tell", "server/conn_turn.c", "if (c->held_back && conn_unsent", "if (c->held_back && c == NULL && conn_unsent",
                            "test_heavy.py what_the_socket"),
    "crowded_excused": ("who is not read because buffers are full is never late", "server/conn.c", "return c->reading || c->crowded ?", "return c->reading ?", "test_heavy.py frames_that"),
    "bodies_uncounted": ("bodies that are half there count nowhere", "server/http.c", "    .held = held,\n", "", "test_badpeers_http.py bodies_half"),
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
    "heavy_on_the_loop": ("what is heavy is worked out and written on the loop", "server/heavy.c", "    pool_submit(loop_server(h->call->loop)->pool, &h->job);",
                          "    work(&h->job);\n    done(&h->job);", "test_badpeers_http.py large_answers"),
    "gone_answered": ("who was reset before its turn is answered", "server/conn_turn.c", "    if (is_gone(c)) {", "    if (is_gone(c) && c == NULL) {",
                      "test_badpeers.py gone_before"),
    "stalled_kept": ("the kernel keeps what a stalled reader has not read", "server/conn_time.c", "        if (why == stalled)", "        if (why == NULL)",
                     "test_heavy.py a_reader_that"),
    "http_timer_per_read": ("the time for a head counts from its last byte", "server/http.c",
                            "h->since_ns = have == 0 && !conn_is_holding(c) ? 0 : h->since_ns != 0 ? h->since_ns : conn_last_ns(c);",
                            "h->since_ns = conn_last_ns(c);\n        h->served = true;", "test_badpeers_http.py slow_ones"),
    "stalled_never": ("who does not read is waited for", "server/conn_time.c", "now - c->wrote_ns > lim->stall_ns", "now < c->wrote_ns - lim->stall_ns",
                      "test_badpeers_http.py readers_that"),
    "pause_counts": ("input is dated at the last read, however long ago", "server/conn_time.c", "if (loop_found_nothing(c->table->loop, c->on_turn))",
                     "if (loop_found_nothing(c->table->loop, c->on_turn) && c == NULL)", "test_overload.py a_pause"),
    "frame_timer_per_read": ("each byte of a frame buys its time anew", "server/frames.c", "f->since_ns = !begun ? 0 : f->since_ns != 0 ? f->since_ns : conn_last_ns(c);",
                             "f->since_ns = !begun ? 0 : conn_last_ns(c);", "test_badpeers.py slow_ones"),
    "body_untimed": ("a body may take for ever", "server/http.c", "if (h->since_ns != 0 && now_ns", "if (h->since_ns != 0 && !h->in_body && now_ns", "test_badpeers_http.py slow_ones"),
    "output_unbounded": ("who does not read is answered on", "server/conn_turn.c", "has_room(c) && conn_unsent(c) <= c->table->limits.output_max) {", "has_room(c)) {",
                         "test_badpeers_http.py what_is_asked_at_once"),
    "head_unbounded": ("a head may have any length", "server/http.c", "    if (len == 0 && have < max) {", "    if (len == 0) {", "test_http_wire.py"),
    "twice_the_host": ("a header that may stand once may stand twice", "server/http_parse.c", "        if (r->header[i].at != NULL)\n", "        if (r->header[i].at != NULL && n == 0)\n",
                       "test_http_wire.py"),
    "any_host": ("Host may hold anything", "server/http_parse.c", 'strchr(".-_:[]", c) != NULL))', "c != '@'))", "test_http_wire.py"),
    "path_escapes": ("a path may have escapes", "server/http_parse.c", "if (t.at[i] == '%')", "if (t.at[i] == '%' && path_len == 0)", "test_http_wire.py"),
    "trailers_taken": ("trailers are taken", "server/http_parse.c", "    if (!r->head_done || len == 0)", "    if (!r->head_done || len < SIZE_MAX)", "test_http_wire.py"),
    "body_on_get": ("GET may have a body", "server/http_parse.c", "    if (body && r->method != HTTP_POST)", "    if (body && r->method != HTTP_POST && r->old)", "test_http_wire.py"),
    "wake_interrupted": ("a wake that was interrupted is not made again", "server/wake.c", "while (write(fd, &one, sizeof one) < 0 && errno == EINTR)\n        ;",
                         "if (write(fd, &one, sizeof one) < 0 && errno == EINTR)\n        return;", "test_calls.py wakes"),
    "linehaul_slow": ("line-hauls are believed to take a tenth longer", "routing/plan/linehaul.c", "    l->least_s = ride->least_s +", "    l->least_s = 1.1 * ride->least_s +",
                      "routing/test_plan_cost"),
    "linehaul_dear": ("roads are believed to cost three times as much", "routing/plan/linehaul.c", "rate(n, unit, road_metric_weights(p->metric[c][1]), 1, 1, &x->myuan_per_unit[c]);",
                      "rate(n, unit, road_metric_weights(p->metric[c][1]), 1, 3, &x->myuan_per_unit[c]);", "routing/test_plan_cost"),
    "linehaul_long": ("roads are believed longer than they are", "routing/plan/linehaul.c", "rate(n, unit, NULL, 0, 1, &x->m_per_unit);", "rate(n, unit, NULL, 0, 1.5, &x->m_per_unit);",
                      "routing/test_plan_cost"),
    "cost_drives_alone": ("what is cheapest is always the direct truck", "routing/plan/cost.c", "return !(cheapest ? plan_linehaul_may_cost(q, best->total_myuan)",
                          "return !(cheapest ? plan_linehaul_may_cost(q, best->total_myuan) && q == NULL", "routing/test_plan_cost"),
    "single_limit": ("what is as good as the best is not looked at", "routing/plan/single.c", ".limit = value[0],", ".limit = value[0] - 60,", "routing/test_plan_single"),
    "floor_truck": ("the least of a truck is 2 % too high", "routing/plan/floors_inside.h", "    return least > 0 ? (int64_t)least : 0;", "    return least > 0 ? (int64_t)(least * 1.02) : 0;",
                    "routing/test_plan_floors"),
    "floor_handling": ("handling is believed dearer than it is", "routing/plan/floors.c", ".money_myuan = step->money_myuan};", ".money_myuan = step->money_myuan + 200};",
                       "routing/test_plan_floors"),
    "floor_ride_time": ("a ride is believed a minute longer", "routing/plan/floors.c", "                .s = x->least_s,", "                .s = x->least_s + 60,", "routing/test_plan_floors"),
    "floor_rides": ("chains of one ride less than may be", "routing/plan/floors.c", "w.round <= PLAN_RIDES_MAX && f->changed", "w.round < PLAN_RIDES_MAX && f->changed",
                    "routing/test_plan_single"),
    "floor_near": ("terminals are near only within a fifth of what trucks may drive", "routing/plan/floors_legs.c", "double least = 1 - unit * unit / 2 - 1e-12;",
                   "double least = 1 - unit * unit / 50 - 1e-12;", "routing/test_plan_floors"),
    "floor_shuttle": ("a truck between two terminals is believed twice as dear", "routing/plan/floors.c", "int64_t money = floor_truck_myuan(q, ways), drive_s",
                      "int64_t money = floor_truck_myuan(q, 2 * ways), drive_s", "routing/test_plan_floors"),
    "least_rate": ("rides of a mode are believed dearer than they are", "routing/plan/least.c", "                ride += units[u] * rates->of[i].myuan[u];",
                   "                ride += 1.3 * units[u] * rates->of[i].myuan[u];", "routing/test_plan_floors"),
    "least_chord": ("rides are believed twice as dear by the chord", "routing/plan/least.c", "    least.myuan_per_unit *= q->p->least.m_per_unit[mode] * less;",
                    "    least.myuan_per_unit *= 2 * q->p->least.m_per_unit[mode] * less;", "routing/test_plan_floors"),
    "floor_hope": ("what was hoped for is believed", "routing/plan/chain.c", "    if (s->by != SINGLE_CHEAPEST || !hoped)", "    if (s->by != SINGLE_CHEAPEST || hoped || !hoped)",
                   "routing/test_plan_single"),
    "floor_metres": ("truck legs are believed a quarter longer", "routing/plan/weights.c", "c->length_m / PLAN_WEIGHTS_M;", "c->length_m * 5 / 4 / PLAN_WEIGHTS_M;",
                     "routing/test_plan_single"),
    "floor_joins": ("no other mode is believed to lead to where a shuttle comes from", "routing/plan/shuttles.c",
                    "        p->joins[p->shuttle[i].to] |= (uint8_t)bits;", "        (void)bits;", "routing/test_plan_floors"),
    "floor_breaks": ("a larger weight that may be declared is forgotten", "routing/freight/floor.c", "        if (air)\n", "        if (air && l == NULL)\n", "routing/test_plan_single"),
    "floor_rounding": ("the line below a tariff lies half a yuan above it", "routing/freight/floor.c", "/ 1000 - ROUNDING_MYUAN -", "/ 1000 + 500 -", "routing/test_plan_single"),
    "floor_outbid": ("two breaks of a tariff both count", "routing/freight/floor.c", "            outbid(&x, i))", "            (outbid(&x, i) && l == NULL))", "routing/test_plan_single"),
    "floor_road": ("short links may lack nothing", "routing/road/floor.c", ".extra_myuan = lacks[best] + 1}", ".extra_myuan = 0 * lacks[best]}", "routing/test_plan_single"),
    "floor_road_ratio": ("money is as much as the weight tells", "routing/road/floor.c", "= ratio[best] * (1 - 1e-9)", "= ratio[best] * 1.05", "routing/test_plan_single"),
    "turn_restarted": ("a turn of the loop begins at its last callback", "server/turn.c", "    if (began_ns == 0)\n        began_ns = now_ns;", "    began_ns = now_ns;", "server/test_turn"),
    "client_without_pause": ("the command line's client repeats at once", "client/cmd.c", "return hint + (uint32_t)(random % below);", "return (hint + (uint32_t)(random % below)) / 1000;",
                             "test_outage.py our_own"),
    "ok_before_sync": ("a statement has ended when its rows are there", "server/db_conn.c",
                       "            end_entry(c, fifo_pop(&c->sent));\n        } else {\n            keep_result(c->sent.head, res);\n",
                       "        } else {\n            keep_result(c->sent.head, res);\n            end_entry(c, fifo_pop(&c->sent));\n", "test_failpoints.py commits"),
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
        for part in ("obj", "gen", "daye.net", "failpoint.so", "failcall.so", "zongheng-load", "zongheng", "zonghengd", "libserver.a", "libclient.a", "libzongheng.a"):
            subprocess.run(["cp", "-a", str(ROOT / "build" / part), str(COPY / "build")], check=True)


def make(*programs):
    p = subprocess.run(["make", "-s", "-j2", *programs], cwd=COPY, capture_output=True, text=True)
    return p.returncode == 0, p.stdout + p.stderr


def seen(name):
    what, file, old, new, test = MUTANTS[name]
    path = COPY / file
    good = path.read_text()
    if old not in good:
        return False, "the text that it replaces is not there any more"
    path.write_text(good.replace(old, new))
    try:
        words = test.split()
        unit = f"build/tests/{words[0]}"
        ok, out = make(*(E2E if words[0].endswith(".py") else [unit]))
        if not ok:
            return False, "it does not build: " + out[-400:]
        run = [PYTHON, f"tests/e2e/{words[0]}", *words[1:]] if words[0].endswith(".py") else [unit]
        p = subprocess.run(run, cwd=COPY, env={**os.environ, "BUILD": "build"}, capture_output=True, text=True, timeout=300)
        why = [l.strip() for l in (p.stdout + p.stderr).split("\n") if any(w in l for w in ("Error", "Gone", "Refused", "FAIL", "failed:"))]
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
make(*E2E)
print(f"{len(wanted) - bad} passed, {bad} failed")
sys.exit(bad != 0)
