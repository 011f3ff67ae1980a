#!/usr/bin/env bash
# Runs scripts/bootstrap.sh against machines made of fake commands: nothing is installed.
# Prints one line a failed check; exit 1 if there was one.
set -euo pipefail
script="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/scripts/bootstrap.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bash=$(command -v bash)
env=$(command -v env)
failed=0

# fake NAME BODY: a command on the fake machine; each call is written to its log.
fake() {
    printf '#!%s\necho "%s $*" >>"%s/log"\n%s\n' "$bash" "$1" "$work" "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

# machine UID: nothing but a user, apt and a cargo that works.
machine() {
    rm -rf "${work:?}/bin" "$work/log"
    mkdir "$work/bin"
    : >"$work/log"
    ln -s "$env" "$work/bin/env"
    fake id "echo $1"
    fake cargo 'echo cargo 1.95.0'
    fake apt-get ''
    fake dpkg ''
}

# expect NAME STATUS OUTPUT_PATTERN LOG_PATTERN [COMMAND...]: runs the script; patterns are globs over all the text.
expect() {
    local status=0 output log
    output=$("$env" -i HOME="$work" PATH="$work/bin" "$bash" "$script" "${@:5}" 2>&1) || status=$?
    log=$(<"$work/log")
    # shellcheck disable=SC2053 # the right-hand sides are patterns on purpose
    if [[ $status != "$2" || $output != $3 || $log != $4 ]]; then
        printf '%s: status %s (expected %s)\noutput: %s\nlog: %s\n' "$1" "$status" "$2" "$output" "$log"
        failed=1
    fi
}

machine 1000
fake cc ''
fake c++ ''
expect 'all there: silent, installs nothing' 0 '' $'dpkg -s libc6-dev\ndpkg -s libclang-dev\ncargo --version'

machine 0
expect 'root: installs' 0 'yiren: installing gcc g++' \
    $'dpkg -s libc6-dev\ndpkg -s libclang-dev\nid -u\napt-get update -qq\napt-get install -y --no-install-recommends gcc g++\ncargo --version'

machine 0
fake cc ''
fake c++ ''
fake dpkg 'exit 1'
expect 'headers missing' 0 'yiren: installing libc6-dev libclang-dev' '*apt-get install * libc6-dev libclang-dev*'

machine 1000
# shellcheck disable=SC2016 # expands when the fake runs
fake sudo 'shift; if [[ $1 == true ]]; then exit 0; fi; "$@"'
expect 'sudo without a password: installs through it' 0 'yiren: installing gcc g++' \
    '*sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install *gcc*'

machine 1000
fake sudo 'exit 1'
expect 'sudo asks for a password: says what to install' 2 '*sudo apt-get install -y gcc*' $'dpkg*\nid -u\nsudo -n true'

machine 1000
fake dpkg 'exit 1'
expect 'no sudo: names every package' 2 '*sudo apt-get install -y gcc g++ libc6-dev libclang-dev*' $'dpkg*\nid -u'

machine 0
fake apt-get 'exit 100'
expect 'apt fails: says so' 2 '*apt-get failed*gcc*' '*apt-get update*'

machine 1000
rm "$work/bin/apt-get" "$work/bin/dpkg"
expect 'not Debian, no compiler' 2 '*in place of*gcc*' ''

machine 0
fake cc ''
fake c++ ''
expect 'a further command is missing' 0 'yiren: installing valgrind' '*apt-get install * valgrind*' valgrind

machine 1000
fake cc ''
fake c++ ''
fake valgrind ''
expect 'a further command is there' 0 '' $'dpkg -s libc6-dev\ndpkg -s libclang-dev\ncargo --version' valgrind

machine 1000
fake cc ''
fake c++ ''
rm "$work/bin/cargo"
expect 'no cargo' 2 '*cargo is missing*rustup*' '*'

exit "$failed"
