#!/bin/sh
# make demo: asks a daemon on the bundled network for real shipments, books one, records an event, tracks it.
# Every figure that is printed comes from the daemon, which computes it from data/.
set -u
cd "$(dirname "$0")/.."
place=demo
. tools/daemon.sh
zongheng=$BUILD/zongheng

heading() {
    printf '\n=== %s\n' "$1"
    shift
    for line; do printf '    %s\n' "$line"; done
    echo
}

# show COMMAND...: prints the command line as a person would type it, then runs it
show() {
    printf '$ zongheng'
    for word; do
        case $word in
        *[!A-Za-z0-9_.:,=/+-]*) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n\n'
    "$zongheng" "$@"
}

fail() {
    echo "demo: $1" >&2
    [ ! -s "$VAR/zonghengd.log" ] || tail -n 20 "$VAR/zonghengd.log" >&2
    exit 1
}

# A question must be answered with at least one option of the family that was asked: else the demo shows nothing.
ask() {
    family=$1
    shift
    set -- --max-options 2 "$@"
    show route --family "$family" "$@" || fail "the question for $family was refused"
    "$zongheng" route --family "$family" "$@" --json >"$VAR/reply.json" || fail "$family: no JSON"
    grep -q "\"family\": \"$family\"" "$VAR/reply.json" &&
        grep -q '"planRef"' "$VAR/reply.json" || fail "no option of family $family was offered"
}

# Monday after next, 08:00 in China: days in advance, like a real order, whatever day this is run.
day=$(TZ=CST-8 date +%u)
ready=$(TZ=CST-8 date -d "+$((15 - day)) days" +%F)T08:00

heading '纵横 Zongheng: door-to-door freight around Daye, Huangshi and Ezhou' \
    'A private PostgreSQL is made under var/demo and the daemon zonghengd is started on the bundled network.' \
    'Then the command line asks it over TCP, like any other client.'
start_database || fail 'PostgreSQL did not start'
start_daemon 127.0.0.1:0 || fail 'the daemon did not start'
make_token 'Demo firm' shipper || fail 'no token was made'
show status || fail 'no status'

heading 'Which places does a name mean?' \
    'Places are known by Chinese name, pinyin, English name, code or lat,lon.'
show place 大冶 || fail 'no place'

heading '1. Rail and road (公铁): 44 t of machinery in two containers from Daye to Chengdu' \
    'Each option has its legs (trucks to and from the train) with cut-off, departure and arrival in China time,' \
    'every line of its bill, and its CO2e from well to wheel. "~" marks what rests on an estimated rate.'
ask RAIL_ROAD --from 大冶 --to 成都 --mass 44t --teu 2 --commodity mechanical_equipment --ready "$ready"

heading '2. Air and road (公空): 3 t of electronics from Daye to Shenzhen' \
    'A truck to an airport, a flight, a truck; air is charged by weight or by volume, whichever is more.'
ask AIR_ROAD --from 大冶 --to 深圳 --mass 3t --volume 15m3 --commodity electronics_opto --value 600000 --ready "$ready"

heading '3. Rail and water (铁水): 260 t of copper cathode from Daye to Shanghai' \
    'A train to a river port, then a vessel, trucks at the ends. Ten 20-foot containers.'
ask RAIL_WATER --from 大冶 --to 上海 --mass 260t --teu 10 --commodity copper_cathode --ready "$ready"
plan_ref=$(awk -F'"' '$2 == "planRef" { ref = $4 } $2 == "why" && /lowest cost/ { print ref; exit }' "$VAR/reply.json")
[ -n "$plan_ref" ] || fail 'no option is the one of lowest cost'

heading '4. All the way by road (公路): the same copper to Shanghai' \
    'For comparison with the answer above. Drivers rest after four hours; tolls go by the class of the truck.'
ask ROAD --from 大冶 --to 上海 --mass 260t --commodity copper_cathode --ready "$ready"

heading '5. Booking the rail-water option of lowest cost: one bill (一单制) for the whole chain' \
    'The key is stored in a file before anything is sent: however often the command is repeated, it books once.'
rm -f "$VAR/booking.key"
book() {
    show book --max-options 2 --family RAIL_WATER --from 大冶 --to 上海 --mass 260t --teu 10 --commodity copper_cathode \
        --ready "$ready" --plan-ref "$plan_ref" --key-file "$VAR/booking.key" "$@"
}
book >"$VAR/book.txt" || { cat "$VAR/book.txt"; fail 'the booking was refused'; }
cat "$VAR/book.txt"
bill=$(sed -n 's/^  bill  *//p' "$VAR/book.txt")
[ -n "$bill" ] || fail 'the booking gave no bill number'
echo
echo 'The same command again, as after a broken line:'
echo
book >"$VAR/again.txt" || fail 'the repeated booking was refused'
head -n 6 "$VAR/again.txt"
[ "$(sed -n 's/^  bill  *//p' "$VAR/again.txt")" = "$bill" ] || fail 'the repeated booking made another bill'

heading '6. The container has passed the gate' 'Events are in the words of DCSA and are never changed, only corrected.'
show event "$bill" --code GTIN --location 大冶 --source demo || fail 'the event was refused'

heading '7. Where is it?'
show track "$bill" || fail 'the shipment cannot be tracked'

heading '8. Every pair at once, and how far an hour goes' \
    'Tables and isochrones keep the limits of the truck that is asked for, like every other answer.'
show matrix --from 大冶 --from 黄石 --from 鄂州 --to 武汉 --to 上海 --to 成都 --class 6 --show time || fail 'no table'
echo
show matrix --from 大冶 --from 黄石 --from 鄂州 --to 武汉 --to 上海 --to 成都 --class 6 --show cost || fail 'no table'
echo
show reach --from 大冶 --time 60m --class 6 || fail 'no reach'

heading 'Done' 'The daemon and its database are stopped now. make run keeps them in the foreground.'
