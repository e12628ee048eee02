# shellcheck shell=bash
# apt with a sources entry, lists and a cache of its own in $folder, so that the packages of this
# host do not change and nothing needs root. Source this, set $folder and $sources (see
# own_sources), and call begin_apt.
# shellcheck disable=SC2154,SC2034  # $folder is of the caller, and so is the use of $log
partial=$folder/partial log=$folder/apt.log

# Empties $partial, which the caller removes at its end. The status file is empty, because the
# packages that are installed here do not matter.
begin_apt() {
  rm -rf "$partial"
  mkdir -p "$partial"/{state,lists/partial,cache/archives/partial}
  : >"$partial/status"
}

# Makes own_apt use this distribution of Debian alone, from this host's mirror, which may be the
# only one that it can reach.
own_sources() {  # DISTRIBUTION
  local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  # shellcheck disable=SC2016  # apt replaces these
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 2>/dev/null |
    sed -n 's/ Debian Debian$//p' | head -n 1) || true
  echo "deb [signed-by=$keyring] ${mirror:-http://deb.debian.org/debian} $1 main" \
    >"$folder/$1.list"
  sources=(-o Dir::Etc::SourceList="$folder/$1.list" -o Dir::Etc::SourceParts=-)
}

own_apt() {  # PROGRAM ARGUMENT...
  "$1" -q "${sources[@]}" -o Dir::State="$partial/state" -o Dir::State::Lists="$partial/lists" \
    -o Dir::State::status="$partial/status" -o Dir::Cache="$partial/cache" \
    -o Acquire::Languages=none -o Acquire::Retries=2 -o APT::Sandbox::User= "${@:2}"
}
