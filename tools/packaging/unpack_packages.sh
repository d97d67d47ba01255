#!/usr/bin/env bash
# Unpacks Debian packages for another processor in a folder, without installing them.
# Usage: unpack_packages.sh ARCHITECTURE FOLDER PACKAGE...   ARCHITECTURE: Debian's name, such as arm64
# Needs root once, to let apt know the architecture
set -euo pipefail
architecture=$1 folder=$2
shift 2
dpkg --print-foreign-architectures | grep -qx "$architecture" ||
  { dpkg --add-architecture "$architecture" && apt-get update -qq; }
mkdir -p "$folder/packages"
(cd "$folder/packages" && apt-get download -qq "${@/%/:$architecture}")
for package in "$folder"/packages/*.deb; do dpkg-deb -x "$package" "$folder"; done
