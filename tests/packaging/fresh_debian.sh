#!/usr/bin/env bash
# Runs both commands of README on a clone in a fresh, minimal Debian 12 (debootstrap): what a new
# user's machine has, and no more. Takes twenty minutes; then runs both again with each instruction
# set that is named.
# Usage: fresh_debian.sh PROJECT_DIR [ISA]...   Needs: Debian 12, root, debootstrap, git
set -euo pipefail
project=$(cd "$1" && pwd)
shift
[ "$(id -u)" -eq 0 ] || { echo "fresh_debian.sh: expected to run as root" >&2; exit 2; }
grep -q '^VERSION_CODENAME=bookworm' /etc/os-release ||
  { echo "fresh_debian.sh: expected a Debian 12 host, whose package sources are used" >&2; exit 2; }
"$project/tools/packages.sh" debootstrap git
dir=$(mktemp -d)
root=$dir/root
cleanup() {
  local at
  for at in proc dev; do
    ! mountpoint -q "$root/$at" || umount "$root/$at" || return 0
  done
  rm -rf --one-file-system "$dir"
}
trap cleanup EXIT
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
  sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] *\)\{0,1\}\(http[^ ]*\).*/\2/p' | head -1) || true
debootstrap --variant=minbase bookworm "$root" "${mirror:-http://deb.debian.org/debian}" >"$dir/log" 2>&1 ||
  { tail -3 "$dir/log" >&2; exit 1; }

# The network as it is here: mirrors, proxies, name servers and certificates.
rm -f "$root/etc/apt/sources.list"
cp -r /etc/apt/sources.list* /etc/apt/apt.conf.d "$root/etc/apt/"
cp -r /usr/share/keyrings/. "$root/usr/share/keyrings/"
for file in /etc/resolv.conf /etc/hosts; do [ ! -f "$file" ] || cp "$file" "$root/etc/"; done
mkdir -p "$root/etc/ssl"
cp -rL /etc/ssl/certs "$root/etc/ssl/" 2>/dev/null || true

git clone -q "$project" "$root/opt/fliqe"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

# run COMMAND [VARIABLE=VALUE]...
run() {
  local start=$SECONDS status=0
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb "${@:2}" \
    chroot "$root" bash -c "cd /opt/fliqe && $1" >"$dir/output" 2>&1 || status=$?
  echo "$* in a fresh Debian 12: exit $status after $((SECONDS - start)) s"
  if [ $status -ne 0 ]; then tail -60 "$dir/output"; exit $status; fi
}
run tools/quickstart.sh
cat "$dir/output"
run tools/test.sh
grep -A 100 'tests passed' "$dir/output"
for isa in "$@"; do
  run tools/quickstart.sh FLIQE_ISA="$isa"
  run tools/test.sh FLIQE_ISA="$isa"
done
