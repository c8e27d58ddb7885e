#!/bin/sh
# make lint: the format of the code and the rules of the house that a machine can see. Prints each violation.
# With LINT_ROOT it looks at another tree (tests/e2e plants violations in a copy).
set -u
cd "${LINT_ROOT:-$(dirname "$0")/..}" || exit 1
bad=$(mktemp)
trap 'rm -f "$bad" "$bad.c"' EXIT

if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    others=${LINT_ALL:+--others --cached --exclude-standard} # LINT_ALL=1: also what is not committed yet
    # shellcheck disable=SC2086 # words
    list() { git ls-files $others -- "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }
else
    list() {
        for pattern; do find . -path ./build -prune -o -name "$pattern" -print; done | sed 's|^\./||' | sort
    }
fi
sources=$(list '*.c' '*.h')

say() { # rule; violations on standard input
    awk -v rule="$1" '{ print rule ": " $0 }' >>"$bad"
}

# includes FOLDER-REGEX: "file:line:header" of every include in files whose path matches
includes() {
    echo "$sources" | grep -E "$1" | while read -r f; do
        sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]([^>"]+)[>"].*/\1/p;t;s/.*/-/p' "$f" |
            awk -v f="$f" '$0 != "-" { print f ":" NR ":" $0 }'
    done
}

# 1. format
if command -v clang-format-14 >/dev/null; then
    for f in $sources; do
        clang-format-14 --dry-run -Werror "$f" 2>&1 | grep -E 'error:' | head -n 1
    done | say format
else
    echo "clang-format-14 is not installed (make deps)" | say format
fi

# 2. routing/ is a pure floor
includes '^routing/' | grep -E ':(event2/|libpq|postgres|protobuf|pthread|threads\.h|sys/socket|netinet/|arpa/|netdb|sys/epoll|poll\.h|zongheng/v1/|unistd\.h$)' |
    say 'layering: routing/ has no sockets, SQL, threads or wire'
includes '^routing/' | grep -E ':(\.\./)*(server|client|loadtest)/' | say 'layering: routing/ calls nobody above it'
# Nothing in routing/ looks at the clock, prints or ends the process.
echo "$sources" | grep '^routing/.*\.c$' | xargs -r grep -nE '(^|[^[:alnum:]_])(time|clock_gettime|gettimeofday|clock|printf|puts|putchar|perror|exit|abort|_exit|rand|random|getenv|fork)[[:space:]]*\(' /dev/null |
    grep -vE ':[0-9]+:[[:space:]]*(\*|/\*|//)' | grep -vE '/\*[^*]*(time|clock|exit|rand)[[:space:]]*\(' | say 'pure: routing/ takes time, chance and output as arguments'

# base <- network <- {import, road, freight, graph} <- plan <- whatif
floor() { # folder, allowed folders
    includes "^routing/$1/" | grep -E ':(base|network|import|road|freight|graph|plan|whatif)/[^/]+$' |
        grep -vE ":($2)/[^/]+$" | say "layering: routing/$1 may include only $2"
}
floor base 'base'
floor network 'base|network'
floor import 'base|network|import'
floor road 'base|network|road'
floor freight 'base|network|freight'
floor graph 'base|network|road|graph' # the oracle of the road search stands above it
floor plan 'base|network|import|road|freight|graph|plan'
floor whatif 'base|network|import|road|freight|graph|plan|whatif' # stands above all: its demand chooses between plan's chains

# 3. libraries behind one door
includes '.' | grep ':igraph' | grep -v '^routing/graph/' | grep -vE '^tests/' | say 'layering: only routing/graph includes igraph'
includes '.' | grep -E ':(postgresql/)?libpq' | grep -vE '^(server/(db|store_|migrate)[^/]*\.[ch]|loadtest/verify\.c|tests/)' |
    say 'layering: only server/db*, store_*, migrate* and loadtest/verify.c include libpq'
includes '^client/' | grep ':event2/' | say 'layering: the command line needs no event loop'

# 4. banned functions (assert, because input must never end the process, is a review rule)
banned='strcpy|strcat|stpcpy|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|atof|scanf|vscanf|alloca|system|popen|PQescape[A-Za-z]*'
for f in $sources; do
    # Comments and strings are blanked, lines kept.
    awk '
    { line = $0; out = ""
      while (line != "") {
        if (incomment) { p = index(line, "*/"); if (!p) { line = ""; break } line = substr(line, p + 2); incomment = 0; continue }
        c = substr(line, 1, 1)
        if (substr(line, 1, 2) == "/*") { incomment = 1; line = substr(line, 3); continue }
        if (substr(line, 1, 2) == "//") break
        if (c == "\"") { line = substr(line, 2)
          while (line != "" && substr(line, 1, 1) != "\"") line = substr(line, substr(line, 1, 1) == "\\" ? 3 : 2)
          line = substr(line, 2); out = out "\"\""; continue }
        if (c == "\047") { line = substr(line, 2)
          while (line != "" && substr(line, 1, 1) != "\047") line = substr(line, substr(line, 1, 1) == "\\" ? 3 : 2)
          line = substr(line, 2); out = out "0"; continue }
        out = out c; line = substr(line, 2)
      }
      print out }' "$f" >"$bad.c"
    grep -nE "(^|[^[:alnum:]_])($banned)[[:space:]]*\(" "$bad.c" | sed "s|^|$f:|" | say 'banned function'
    case $f in
    server/*) grep -nE '(^|[^[:alnum:]_])PQexec[[:space:]]*\(' "$bad.c" | sed "s|^|$f:|" |
        grep -v '^server/migrate' | say 'banned function: PQexec waits in the daemon' ;;
    esac
done

# 5. nothing that ships names the developers' shared folder
list '*.c' '*.h' '*.sh' '*.md' '*.proto' '*.sql' 'Makefile' | grep -vE '^(tests/|tools/lint\.sh$)' |
    xargs -r grep -nE '(\.\./|/work/)shared/' /dev/null | say 'the shared folder does not ship'

# A rule that looks at no file proves nothing.
[ -n "$sources" ] || echo 'no source was found' | say lint

if [ -s "$bad" ]; then
    cat "$bad"
    echo "lint: $(wc -l <"$bad") violations"
    exit 1
fi
echo "lint: $(echo "$sources" | wc -l) files, no violation"
