#!/usr/bin/env bash
# A small real model on real questions, by the command line alone: table, comparison, report.
# Run by `make demo`, which fetches the model. The same again asks nothing that was answered.
set -euo pipefail

weights=.venv/material/smollm2.gguf
pool=demo/pool
# The questions come from a registry package, so that the demonstration is the same everywhere.
export BENCHWRIGHT_SOURCE=package BENCHWRIGHT_CACHE=.venv/cache
unset BENCHWRIGHT_DATA

show() {
  local word line='$'
  for word in "$@"; do
    [[ $word == *[\ *\(]* ]] && word="\"$word\""
    line+=" $word"
  done
  printf '\n\033[1m%s\033[0m\n' "$line"
  "$@"
}

mkdir -p demo
started=$SECONDS

show benchwright list benchmarks
show benchwright run mmlu --model "llama:$weights" --shots 0 --ask letters,options \
  --take 2/subject --pool "$pool"
show benchwright run mmlu --model "llama:$weights" --shots 0 --ask generate --max-tokens 24 \
  --take 24 --pool "$pool"
show benchwright run mmlu --model scripted:guess --shots 0 --take 2/subject --pool "$pool"
show benchwright compare smollm2 guess --on mmlu --pool "$pool"
show benchwright compare smollm2 --contrast ask=letters,options --pool "$pool"
show benchwright samples mmlu --where "asked like 'generate%'" --limit 1 --pool "$pool"
show benchwright query "select model, outcome, count(*) as n from measurements group by all" \
  --pool "$pool"
show benchwright report "$pool" -o demo/report.html

tokens=$(benchwright query "select sum(tokens_in + tokens_out) as n from spend where model = 'smollm2'" --pool "$pool" \
  --format csv | tail -1)
printf '\nThe demonstration took %d s; the model read and wrote %s tokens.\n' \
  $((SECONDS - started)) "$tokens"
