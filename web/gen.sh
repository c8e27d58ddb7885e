#!/bin/sh
# Makes the page's messages and services from proto/ into $BUILD/gen/es (default ../build). They import from
# web/node_modules, which they find by a link beside them.
set -eu
cd "$(dirname "$0")"
BUILD=${BUILD:-../build}
out=$BUILD/gen/es
mkdir -p "$out"
ln -sfn "$PWD/node_modules" "$out/node_modules"
protoc -I../proto --plugin=protoc-gen-es=node_modules/.bin/protoc-gen-es --es_out="$out" --es_opt=target=ts \
    ../proto/zongheng/v1/*.proto
