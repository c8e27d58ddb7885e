#!/usr/bin/python3
"""Golden answers: five questions that a forwarder of the region would ask, on the bundled network, kept word for word in
tests/cases/*.txt and explained line by line in docs/cases.md. What changes them is looked at: UPDATE_CASES=1 writes them anew,
and git diff shows what became of whom. Beside that each answer is held against itself: bills, times, emissions."""
import difflib, json, os, pathlib, re, subprocess, sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import zh

HERE = zh.ROOT / "tests" / "cases"
MONDAY = "2026-12-07T08:00"  # within the validity of every service of the bundled timetable
CASES = {
    "copper_shanghai": "--from 大冶 --to 上海 --mass 260t --commodity copper_cathode --value 20000000",
    "food_shenyang": "--from 大冶 --to 沈阳 --mass 3t --volume 12m3 --commodity prepared_food --chilled 0..4 --value 90000 "
                     "--deliver-by 2026-12-09T12:00",
    "machine_chengdu": "--from 大冶 --to 成都 --mass 24t --commodity mechanical_equipment --piece 6.4x3.1x2.8:24t --value 1500000",
    "boxes_yangshan": "--from 大冶 --to 洋山 --mass 44t --container 45G1x2 --commodity general --value 800000",
    "parcels_liege": "--from 大冶 --to LGG --mass 800kg --volume 6m3 --commodity parcel --value 200000",
}
daemon = zh.Daemon("--anonymous", "yes")


def ask(words, *more):
    p = subprocess.run([str(zh.BUILD / "zongheng"), "route", "--server", f"127.0.0.1:{daemon.port}", *words.split(), "--ready", MONDAY,
                        "--explain", "--tolerance", "30m", "--tolerance", "1%", *more], capture_output=True, text=True, timeout=120)
    assert p.returncode == 0, p.stderr
    return p.stdout


def golden(name):
    def test():
        # The network's version is a hash of all tables: it changes with every cell of them. So do references.
        got = re.sub(r"^(network|  plan_ref) .*\n", "", ask(CASES[name]), flags=re.M)
        file = HERE / f"{name}.txt"
        if os.environ.get("UPDATE_CASES"):
            file.write_text(got)
        want = file.read_text()
        diff = "\n".join(difflib.unified_diff(want.splitlines(), got.splitlines(), "kept", "now", lineterm="", n=1))
        assert got == want, "the answer has changed (UPDATE_CASES=1 keeps it; docs/cases.md then too):\n" + diff
    return test


def holds(name):
    def test():
        a = json.loads(ask(CASES[name], "--json"))
        families = {o["family"] for o in a["options"]} | {n["family"] for n in a.get("familiesNotOffered", [])}
        assert families == {"ROAD", "RAIL_ROAD", "AIR_ROAD", "RAIL_WATER", "ROAD_WATER"}, families
        for o in a["options"]:
            assert int(o["totalFen"]) == sum(int(x["amountFen"]) for x in o["lines"])
            at = int(o["departAt"])
            for leg in o["legs"]:
                assert at <= int(leg["departAt"]) < int(leg["arriveAt"])
                at = int(leg["arriveAt"])
                assert int(leg["co2WtwG"]) == int(leg.get("co2TtwG", 0)) + int(leg.get("co2WttG", 0))
            assert at <= int(o["arriveAt"])  # the last handling, where the destination is the terminal
            legs = sum(int(leg["co2WtwG"]) + int(leg.get("hubWtwG", 0)) for leg in o["legs"])
            assert int(o["co2WtwG"]) == legs
        for n in a.get("familiesNotOffered", []):
            assert n["reason"] and n["text"]
    return test


def figures_of_the_page_are_those_of_the_answers():
    """Every amount that docs/cases.md quotes stands in the answer of its section."""
    page = (zh.ROOT / "docs" / "cases.md").read_text()
    seen = 0
    for section in re.split(r"^## ", page, flags=re.M)[1:]:
        name = re.search(r"tests/cases/(\w+)\.txt", section)
        if not name:
            continue
        answer = (HERE / f"{name[1]}.txt").read_text()
        for amount in re.findall(r"\d[\d,]*\.\d\d(?= yuan)", section):
            assert amount.replace(",", "") in answer.replace(",", ""), f"{amount} yuan is not in {name[1]}.txt"
            seen += 1
    assert seen >= 25, seen


try:
    zh.run([(f"{n} is answered as reviewed", golden(n)) for n in CASES] + [(f"{n} adds up", holds(n)) for n in CASES] +
           [("figures_of_the_page_are_those_of_the_answers", figures_of_the_page_are_those_of_the_answers)])
finally:
    daemon.close()
