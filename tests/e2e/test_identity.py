#!/usr/bin/python3
"""Who may ask what: every method of the table against every role, wrong tokens by address, revocation and expiry on
connections that are open, and the operator's commands."""
import hashlib, json, os, pathlib, re, socket, subprocess, sys, threading, time, uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh
from zh import Client, Daemon, Gone, Postgres, Refused, route_request, routing, shipments, wire
from zongheng.v1 import identity_pb2 as identity

for m in ("AddFirm", "ListFirms", "AddUser", "ListUsers", "AddToken", "ListTokens", "RevokeToken"):
    zh.REPLY["Identity/" + m] = getattr(identity, m + "Reply")

pg = Postgres()
pg.setup()
ROLES = ("anonymous", "shipper", "planner", "operator")
tokens = {r: pg.token("Firm of roles", r) for r in ROLES[1:]}
tokens["anonymous"] = b""
d = Daemon("--database", pg.conninfo("zh_api"), "--anonymous", "yes", "--loops", "2", "--failures-max", "5", "--failures-forgive-ms", "400")

# What each method is meant for: a new one has to be written here.
ALL, FIRM, SHIPPER, OPERATOR = set(ROLES), set(ROLES[1:]), {"shipper"}, {"operator"}
MEANT = {
    "Routing/FindPlaces": ALL, "Routing/FindRoutes": ALL, "Routing/GetCost": ALL, "Routing/GetMatrix": ALL, "Routing/GetReach": ALL,
    "Routing/GetCosts": ALL, "Routing/GetFamilyMatrix": ALL, "Routing/FindDepartures": ALL,
    "Routing/PutAgreedTariff": FIRM, "Routing/ListAgreedTariffs": FIRM,
    "Operations/GetStatus": ALL, "Operations/GetNetwork": ALL,
    "Shipments/Book": SHIPPER, "Shipments/Settle": SHIPPER, "Shipments/Cancel": SHIPPER, "Shipments/RecordEvent": SHIPPER, "Shipments/Rebook": SHIPPER,
    "Shipments/Get": FIRM, "Shipments/List": FIRM, "Shipments/ListEvents": FIRM, "Shipments/Watch": FIRM, "Shipments/Affected": FIRM,
    **{f"Planning/{m}": {"planner", "operator", "anonymous"} for m in "Assign Compare Appraise GetCriticalLinks GetJob ListJobs CancelJob GetDemand ListDemands".split()},
    "Planning/GetAccessibility": ALL, "Planning/GetScenario": ALL, "Planning/ListScenarios": ALL,
    **{f"Planning/{m}": {"planner", "operator", "anonymous"} for m in "PutScenario DeleteScenario PutDemand DeleteDemand".split()},
    "Identity/AddFirm": OPERATOR, "Identity/ListFirms": OPERATOR, "Identity/AddUser": OPERATOR, "Identity/ListUsers": OPERATOR,
    "Identity/AddToken": OPERATOR, "Identity/ListTokens": OPERATOR, "Identity/RevokeToken": OPERATOR,
}


def connect(token, port=None):
    for _ in range(100):
        try:
            return Client(port or d.port, token)
        except Refused as r:
            if r.code != "UNAVAILABLE":
                raise
        time.sleep(0.1)
    raise AssertionError("no Hello within 10 s: " + d.text()[-2000:])


def refused(call, code, field=None):
    try:
        call()
    except Refused as r:
        assert r.code == code, r
        assert field is None or r.field == field, r
        return r
    raise AssertionError("not refused")


def table():
    """The daemon's own method table: name -> roles."""
    text = subprocess.run([str(zh.BUILD / "zonghengd"), "--methods"], capture_output=True, text=True, check=True).stdout
    return {n.removeprefix("zongheng.v1."): set(r.split(",")) for n, r in (l.split() for l in text.splitlines())}


def table_is_every_method_of_every_service():
    have = table()
    protos = set()
    for p in (zh.ROOT / "proto" / "zongheng" / "v1").glob("*.proto"):
        service = None
        for line in p.read_text().splitlines():
            if m := re.match(r"service (\w+)", line):
                service = m[1]
            if m := re.match(r"\s+rpc (\w+)", line):
                protos.add(f"{service}/{m[1]}")
    assert set(have) == protos, set(have) ^ protos
    assert have.pop("Session/Hello") == {"anyone"}
    for method, roles in have.items():
        assert method in MEANT, f"{method} is new: say in MEANT who may call it"
        assert roles == MEANT[method], (method, roles)


def answer(c, method):
    """The code of the first answer to an empty request."""
    n = c.send(method, b"")
    while True:
        r = c.reply()
        if r.id == n:
            return zh.CODES[r.status.code], r.status.details.field


def every_method_refuses_the_wrong_role():
    tried = 0
    for method, roles in table().items():
        if method == "Session/Hello":
            continue
        fresh = Client(d.port, hello=False)  # nobody is let in without Hello
        assert answer(fresh, method)[0] == "UNAUTHENTICATED", method
        for role in ROLES:
            c = connect(tokens[role])
            assert c.hello.role == role
            code, field = answer(c, method)
            if role == "anonymous" and method in ("Planning/PutScenario", "Planning/DeleteScenario", "Planning/PutDemand", "Planning/DeleteDemand"):
                # Without a token only where no PostgreSQL keeps scenarios and demands: here one does, and a row wants a firm.
                assert (code, field) == ("UNAUTHENTICATED", "token") or method.endswith("DeleteScenario"), (method, code, field)
            elif role in roles:
                assert code not in ("UNAUTHENTICATED", "PERMISSION_DENIED"), (method, role, code)
            else:
                assert (code, field) == ("UNAUTHENTICATED" if role == "anonymous" else "PERMISSION_DENIED", "token"), (method, role, code, field)
            tried += 1
            c.close()
    print(f"     {tried} pairs of method and role")


def anonymous_only_when_configured():
    e = Daemon("--database", pg.conninfo("zh_api"))
    for _ in range(100):
        try:
            connect(tokens["shipper"], e.port)
            break
        except Refused:
            time.sleep(0.1)
    refused(lambda: Client(e.port, b""), "UNAUTHENTICATED", "token")
    assert e.close() == 0


def two_hellos_at_once_make_one_identity():
    for _ in range(10):
        c = Client(d.port, hello=False)
        b = c.frame("Session/Hello", wire.HelloRequest(token=tokens["shipper"], protocol_version=1))
        b += c.frame("Session/Hello", wire.HelloRequest(token=tokens["operator"], protocol_version=1))
        c.sock.sendall(b)
        codes = sorted(zh.CODES[c.reply().status.code] for _ in range(2))
        assert codes == ["FAILED_PRECONDITION", "OK"], codes


def operator():
    return connect(tokens["operator"])


def mint(c, firm, user, role, lifetime_s=0):
    secret = os.urandom(32).hex().encode()
    r = c.call("Identity/AddToken", identity.AddTokenRequest(firm_name=firm, user_name=user, role=role, lifetime_s=lifetime_s,
                                                             sha256=hashlib.sha256(secret).digest()))
    assert r.token.token_id == hashlib.sha256(secret).hexdigest()[:16] and r.token.role == role
    return secret, r.token


def firms_users_tokens():
    c = operator()
    f = c.call("Identity/AddFirm", identity.AddFirmRequest(name="鄂州 Logistics")).firm
    assert f.name == "鄂州 Logistics" and uuid.UUID(f.firm_id) and f.users == f.tokens == 0
    refused(lambda: c.call("Identity/AddFirm", identity.AddFirmRequest(name="鄂州 Logistics")), "ALREADY_EXISTS", "name")
    for bad in ("", "x" * 121, "a\tb", "字" * 121):
        refused(lambda: c.call("Identity/AddFirm", identity.AddFirmRequest(name=bad)), "INVALID_ARGUMENT", "name")
    refused(lambda: c.call("Identity/AddUser", identity.AddUserRequest(firm_name="nobody", name="x")), "NOT_FOUND", "firm_name")
    u = c.call("Identity/AddUser", identity.AddUserRequest(firm_name="鄂州 Logistics", name="李雷")).user
    assert u.name == "李雷" and abs(u.made_at - time.time()) < 60
    refused(lambda: c.call("Identity/AddUser", identity.AddUserRequest(firm_name="鄂州 Logistics", name="李雷")), "ALREADY_EXISTS", "name")
    refused(lambda: mint(c, "鄂州 Logistics", "韩梅梅", "shipper"), "NOT_FOUND", "user_name")
    refused(lambda: mint(c, "鄂州 Logistics", "李雷", "king"), "INVALID_ARGUMENT", "role")
    refused(lambda: mint(c, "鄂州 Logistics", "李雷", "shipper", -1), "INVALID_ARGUMENT", "lifetime_s")
    q = identity.AddTokenRequest(firm_name="鄂州 Logistics", user_name="李雷", role="shipper", sha256=b"short")
    refused(lambda: c.call("Identity/AddToken", q), "INVALID_ARGUMENT", "sha256")
    secret, t = mint(c, "鄂州 Logistics", "李雷", "shipper")
    again = c.call("Identity/AddToken", identity.AddTokenRequest(firm_name="鄂州 Logistics", user_name="李雷", role="shipper", sha256=hashlib.sha256(secret).digest()))
    assert again.token == t
    refused(lambda: c.call("Identity/AddToken", identity.AddTokenRequest(firm_name="鄂州 Logistics", user_name="李雷", role="operator",
                           sha256=hashlib.sha256(secret).digest())), "ALREADY_EXISTS", "sha256")
    h = connect(secret).hello
    assert (h.firm_name, h.role) == ("鄂州 Logistics", "shipper")
    assert [x.token_id for x in c.call("Identity/ListTokens", identity.ListTokensRequest(firm_name="鄂州 Logistics")).tokens] == [t.token_id]
    assert [(x.name, x.tokens) for x in c.call("Identity/ListUsers", identity.ListUsersRequest(firm_name="鄂州 Logistics")).users] == [("李雷", 1)]
    firms = {x.name: (x.users, x.tokens) for x in c.call("Identity/ListFirms", identity.ListFirmsRequest()).firms}
    assert firms["鄂州 Logistics"] == (1, 1) and firms["Firm of roles"] == (1, 3), firms
    refused(lambda: c.call("Identity/RevokeToken", identity.RevokeTokenRequest(token_id="0" * 16)), "NOT_FOUND", "token_id")
    refused(lambda: c.call("Identity/RevokeToken", identity.RevokeTokenRequest(token_id="%" * 16)), "INVALID_ARGUMENT", "token_id")
    assert secret.decode() not in pg.sql("SELECT string_agg(t::text, ' ') FROM zh.token t")


def sql_of_the_daemon_role_makes_nothing():
    sha = "decode(repeat('11', 32), 'hex')"
    for s in (f"SELECT zh.add_firm({sha}, 'x')", f"SELECT zh.list_firms({sha})", f"SELECT zh.list_tokens({sha}, 'Firm of roles')",
              f"SELECT zh.add_token({sha}, 'Firm of roles', 'operator', 'operator', {sha}, 0)",
              f"SELECT zh.revoke_token({sha}, '1111111111111111')", "SELECT zh.require_operator(NULL)", "SELECT * FROM zh.firm_user",
              "SELECT zh.token_rows(NULL, NULL)", f"SELECT zh.list_firms(decode('{hashlib.sha256(tokens['shipper']).hexdigest()}', 'hex'))"):
        try:
            pg.sql("SET ROLE zh_api; " + s)
        except RuntimeError as x:
            assert "ZH004" in str(x) or "only an operator" in str(x) or "permission denied" in str(x), (s, x)
            continue
        raise AssertionError(s)


def revocation_within_a_second():
    c, worst = operator(), 0
    c.call("Identity/AddFirm", identity.AddFirmRequest(name="Revoked"))
    c.call("Identity/AddUser", identity.AddUserRequest(firm_name="Revoked", name="u"))
    for turn in range(6):
        secret, t = mint(c, "Revoked", "u", "shipper")
        stay, _ = mint(c, "Revoked", "u", "planner")
        held = [connect(secret) for _ in range(8)]  # on both loops
        other = connect(stay)
        last, ends, told = [0.0] * len(held), [0.0] * len(held), []

        def use(i):
            h = held[i]
            try:
                while True:
                    h.send("Shipments/List", shipments.ListShipmentsRequest())
                    r = h.reply()
                    if r.id == 0:
                        told.append((zh.CODES[r.status.code], r.status.details.field))
                        continue
                    assert r.status.code == 0
                    last[i] = time.time()
                    time.sleep(0.005)
            except (Gone, OSError):
                ends[i] = time.time()

        threads = [threading.Thread(target=use, args=(i,)) for i in range(len(held))]
        [x.start() for x in threads]
        time.sleep(0.3 + 0.07 * turn)
        t0 = time.time()
        if turn % 2:
            c.call("Identity/RevokeToken", identity.RevokeTokenRequest(token_id=t.token_id))
        else:
            pg.sql(f"UPDATE zh.token SET revoked_at = clock_timestamp() WHERE sha256 = '\\x{hashlib.sha256(secret).hexdigest()}'")
        done = time.time()
        refused(lambda: Client(d.port, secret), "UNAUTHENTICATED", "token")  # a new one at once
        [x.join(10) for x in threads]
        assert all(ends), ends
        assert max(ends) - done < 1, max(ends) - done
        worst = max(worst, max(ends) - t0, max(last) - t0)
        assert told and set(told) == {("UNAUTHENTICATED", "token")}, told
        assert other.call("Shipments/List", shipments.ListShipmentsRequest()) is not None
        time.sleep(0.5)  # forgiveness for the wrong token above
    assert worst < 1, worst
    print(f"     the last answer and the end of an open connection came at most {worst * 1000:.0f} ms after revoking")


def an_idle_connection_ends_too_and_a_stream():
    c = operator()
    secret, t = mint(c, "Revoked", "u", "shipper")
    idle, stream = connect(secret), connect(secret)
    if "Shipments/Watch" in table():
        stream.send("Shipments/Watch", b"")
    c.call("Identity/RevokeToken", identity.RevokeTokenRequest(token_id=t.token_id))
    t0 = time.time()
    for s in (idle, stream):
        try:
            while True:
                s.reply()
        except Gone:
            pass
    assert time.time() - t0 < 1, time.time() - t0


def tokens_end():
    c = operator()
    secret, t = mint(c, "Revoked", "u", "shipper", 2)
    assert 0 < t.expires_at - t.made_at <= 3
    h = connect(secret)
    t0 = time.time()
    try:
        while True:
            h.call("Shipments/List", shipments.ListShipmentsRequest())
            time.sleep(0.01)
    except (Gone, OSError, Refused, AssertionError):
        pass
    assert 1 < time.time() - t0 < 3, time.time() - t0
    refused(lambda: Client(d.port, secret), "UNAUTHENTICATED", "token")


def an_outage_ends_nobody_and_forgets_no_revocation():
    c = operator()
    secret, t = mint(c, "Revoked", "u", "shipper")
    h, keep = connect(secret), connect(tokens["shipper"])
    q = routing.FindPlacesRequest(query="daye")
    pg.tool("restart")
    for _ in range(20):
        h.call("Routing/FindPlaces", q)
        time.sleep(0.05)
    for _ in range(100):
        try:
            operator().call("Identity/RevokeToken", identity.RevokeTokenRequest(token_id=t.token_id))
            break
        except (Refused, Gone, AssertionError):
            time.sleep(0.1)
    t0 = time.time()
    try:
        while True:
            h.call("Routing/FindPlaces", q)
            time.sleep(0.01)
    except (Gone, OSError, Refused, AssertionError):
        pass
    assert time.time() - t0 < 1.5, time.time() - t0
    assert keep.call("Routing/FindPlaces", q).places


def wrong_tokens_are_slowed_down():
    time.sleep(3)
    codes = []
    for i in range(12):
        try:
            Client(d.port, b"wrong %d" % i)
        except Refused as r:
            codes.append(r.code)
            wait = r.retry_after_ms
    assert codes[:5] == ["UNAUTHENTICATED"] * 5 and codes.count("RESOURCE_EXHAUSTED") >= 5, codes
    assert 0 < wait <= 1000, wait
    before = pg.sql("SELECT 1")
    r = refused(lambda: Client(d.port, tokens["shipper"]), "RESOURCE_EXHAUSTED", "token")  # right ones too, from there
    s = socket.socket()  # another address is not touched
    s.bind(("127.0.0.9", 0))
    s.settimeout(10)
    s.connect(("127.0.0.1", d.port))
    c = Client.__new__(Client)
    c.sock, c.last = s, 0
    assert c.call("Session/Hello", wire.HelloRequest(token=tokens["shipper"], protocol_version=1)).role == "shipper"
    Client(d.port, b"")  # anonymous is no token
    time.sleep(r.retry_after_ms / 1000 + 0.1)
    assert Client(d.port, tokens["shipper"]).hello.role == "shipper"
    assert before


def zongheng(*args, token=None):
    p = subprocess.run([str(zh.BUILD / "zongheng"), *args], capture_output=True, text=True,
                       env={**os.environ, "ZONGHENG_SERVER": f"127.0.0.1:{d.port}", "ZONGHENG_TOKEN": (token or tokens["operator"]).decode()})
    return p.returncode, p.stdout, p.stderr


def the_operators_commands():
    time.sleep(3)
    code, out, err = zongheng("token", "add", "First of all", "root", "--role", "operator", "--database", pg.conninfo("zh_migrate"))
    assert code == 0, err
    first = out.split()[-1].encode()
    assert connect(first).hello.role == "operator"
    for args, words in ((("firm", "add", "Hand made"), "Hand made"), (("firm", "list"), "Hand made"), (("user", "add", "Hand made", "anna"), "anna"),
                        (("user", "list", "Hand made"), "anna")):
        code, out, err = zongheng(*args, token=first)
        assert code == 0 and words in out, (args, out, err)
        code, out, err = zongheng(*args, "--json", token=first) if "list" in args else (0, "{}", "")
        assert code == 0 and isinstance(json.loads(out), dict), err
    code, out, err = zongheng("token", "add", "Hand made", "anna", "--role", "shipper", "--lifetime", "1d")
    assert code == 0 and connect(out.split()[-1].encode()).hello.role == "shipper", err
    code, out, err = zongheng("token", "add", "Hand made", "anna", "--role", "planner", "--json")
    made = json.loads(out)
    assert connect(made["bearer"].encode()).hello.role == "planner"
    code, out, err = zongheng("token", "list", "Hand made", "--json")
    assert code == 0 and len(json.loads(out)["tokens"]) == 2, out
    code, out, err = zongheng("token", "revoke", made["token"]["tokenId"])
    assert code == 0 and made["token"]["tokenId"] in out, err
    refused(lambda: Client(d.port, made["bearer"].encode()), "UNAUTHENTICATED")
    code, out, err = zongheng("token", "list", "Hand made")
    assert code == 0 and out.count("shipper") == 1, out
    for args, status, words in ((("firm",), 2, "usage"), (("firm", "add"), 2, "usage"), (("token", "add", "Hand made", "anna"), 2, "--role"),
                                (("token", "list", "x", "--role", "shipper"), 2, "belong"), (("firm", "add", "Hand made"), 1, "ALREADY_EXISTS"),
                                (("token", "revoke", "xyz"), 1, "token_id"), (("user", "list", "nobody"), 1, "NOT_FOUND")):
        code, out, err = zongheng(*args)
        assert code == status and words in err, (args, code, err)
    code, out, err = zongheng("firm", "list", token=tokens["shipper"])
    assert code == 1 and "PERMISSION_DENIED" in err, err


try:
    zh.run([(f.__name__, f) for f in (
        table_is_every_method_of_every_service, every_method_refuses_the_wrong_role, anonymous_only_when_configured,
        two_hellos_at_once_make_one_identity, firms_users_tokens, sql_of_the_daemon_role_makes_nothing, revocation_within_a_second,
        an_idle_connection_ends_too_and_a_stream, tokens_end, an_outage_ends_nobody_and_forgets_no_revocation, wrong_tokens_are_slowed_down,
        the_operators_commands, d.close)])
finally:
    if d.proc.poll() is None:
        d.kill()
    pg.close()
