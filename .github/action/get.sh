#!/usr/bin/env bash
# Brings straykey into $PROGRAM_FOLDER: from a release whose checksum is right, else built from the action's own source.
#
#   get.sh plan      says which, as outputs: `from` (release or source), `tag`, `key` for the cache of what is built
#   get.sh release   downloads $RELEASE_TAG
#   get.sh source    builds, unless the cache has brought the program
#
# Nothing is taken from the folder that is scanned: it may hold settings for cargo or rustup that run programs.
set -euo pipefail

fail() {
  echo "::error title=straykey::$1"
  exit 2
}

program() {
  [[ ${RUNNER_OS:-} == Windows ]] && echo "$PROGRAM_FOLDER/straykey.exe" || echo "$PROGRAM_FOLDER/straykey"
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# Sets `target`: this machine as releases call it. Linux takes the static build, which runs everywhere.
name_target() {
  case "${RUNNER_OS:-} ${RUNNER_ARCH:-}" in
    "Linux X64") target=x86_64-unknown-linux-musl ;;
    "Linux ARM64") target=aarch64-unknown-linux-musl ;;
    "macOS X64") target=x86_64-apple-darwin ;;
    "macOS ARM64") target=aarch64-apple-darwin ;;
    "Windows X64") target=x86_64-pc-windows-msvc ;;
    *) fail "there is no release for ${RUNNER_OS:-this system} on ${RUNNER_ARCH:-this machine}; leave out version to build from source" ;;
  esac
}

# All that the program is built from, with the names of the files.
tree() {
  local files=(find Cargo.toml Cargo.lock src patterns -type f)
  "${files[@]}" | LC_ALL=C sort
  "${files[@]}" -print0 | LC_ALL=C sort -z | xargs -0 cat
}

plan() {
  local tag=${INPUT_VERSION:-}
  if [[ -n $tag && ! $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
    fail "version is no release such as v1.2.3; leave it out to build from source"
  fi
  if [[ -n $tag ]]; then
    echo "from=release" >>"$GITHUB_OUTPUT"
    echo "tag=$tag" >>"$GITHUB_OUTPUT"
    return
  fi
  local digest
  digest=$(cd "$ACTION_PATH" && tree | sha256)
  echo "from=source" >>"$GITHUB_OUTPUT"
  echo "key=straykey-${RUNNER_OS:-unknown}-${RUNNER_ARCH:-unknown}-${digest%% *}" >>"$GITHUB_OUTPUT"
}

release() {
  local target name address folder
  name_target
  name=straykey-$RELEASE_TAG-$target.tar.gz
  address="${RELEASES_URL:-https://github.com}/${ACTION_REPOSITORY:-straykey/straykey}/releases/download/$RELEASE_TAG"
  folder=$(mktemp -d)
  for file in SHA256SUMS "$name"; do
    curl --fail --silent --show-error --location --proto-redir '=https' --retry 3 --max-time 300 \
      --output "$folder/$file" "$address/$file" ||
      fail "$RELEASE_TAG has no $file that can be downloaded; name another version, or leave it out to build from source"
  done
  # The line of this file alone: the others were not downloaded.
  (cd "$folder" && awk -v name="$name" '$2 == name || $2 == "*" name' SHA256SUMS >wanted && [[ -s wanted ]] &&
    sha256 --check wanted >/dev/null) || fail "$name is not what SHA256SUMS of $RELEASE_TAG says; it was not run"
  mkdir -p "$PROGRAM_FOLDER"
  tar -xzf "$folder/$name" -C "$PROGRAM_FOLDER" --strip-components 1
  rm -rf "$folder"
  "$(program)" --version
}

source_build() {
  if [[ -x $(program) ]] && "$(program)" --version; then
    return
  fi
  command -v cargo >/dev/null || fail "there is no cargo to build straykey with; install Rust (https://rustup.rs)"
  # In the action's folder, so that no .cargo/config.toml or rust-toolchain of the scanned repository counts.
  cd "$ACTION_PATH"
  # It is used now: fat optimisation would take longer than it saves.
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo build --locked --release --bin straykey --target-dir "$PROGRAM_FOLDER/build" ||
    fail "straykey cannot be built; it needs Rust 1.88 or later and a C compiler"
  mv "$PROGRAM_FOLDER/build/release/$(basename "$(program)")" "$(program)"
  rm -rf "$PROGRAM_FOLDER/build"
  "$(program)" --version
}

case ${1:-} in
  plan) plan ;;
  release) release ;;
  source) source_build ;;
  *) fail "get.sh takes plan, release or source" ;;
esac
