#!/usr/bin/env bash
# Installs a build into an empty folder and uses it from there as others do: by find_package, by
# add_subdirectory, by pkg-config, and as a Debian package.
# Usage: install.sh BUILD_DIR PROJECT_DIR
set -euo pipefail
build=$1 project=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
picture=$project/examples/images/0_120_70_0_09592_GaussianNoise.png
cmake --install "$build" --prefix "$dir/prefix" >/dev/null
prefix=$dir/prefix
weights=$prefix/share/fliqe/fliqe-compact.safetensors

expected=$("$prefix/bin/fliqe" score -q "$picture" | cut -d' ' -f1)
expect() {
  [ "$2" = "$expected" ] || { echo "$1: expected $expected, found $2" >&2; exit 1; }
  echo "$1: $2"
}
[ -f "$prefix/share/man/man1/fliqe.1" ]

# Three lines of CMake beside the project's own.
mkdir "$dir/consumer"
# With a line that needs fliqe::pth: the weights' format is recognized.
sed -e 's|#include <fliqe/fliqe.hpp>|&\n#include <fliqe/weights/load_weights.hpp>|' \
    -e 's|fliqe(argv\[1\])|fliqe(fliqe::load_weights(argv[1]))|' \
    "$project/examples/drop_in/main.cpp" >"$dir/consumer/main.cpp"
grep -q 'fliqe::load_weights(argv' "$dir/consumer/main.cpp"
consumer() {
  cat >"$dir/consumer/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.21)
project(consumer CXX)
$1
add_executable(consumer main.cpp)
target_link_libraries(consumer PRIVATE fliqe::compiled fliqe::pth)
END
  cmake -S "$dir/consumer" -B "$dir/$2" -G Ninja "${@:3}" >/dev/null
}
consumer "find_package(fliqe 0.2 REQUIRED)" found "-DCMAKE_PREFIX_PATH=$prefix"
cmake --build "$dir/found" >/dev/null
expect "by find_package" "$("$dir/found/consumer" "$weights" "$picture")"
consumer "add_subdirectory(\"$project\" fliqe)" added
grep -q fliqe_compiled "$dir/added/build.ninja"  # compiling the kernels again would take minutes
echo "by add_subdirectory: configured"

# The kernels, compiled already, stand in for a minute of compilation; everything else is pkg-config's.
export PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name fliqe.pc)")
c++ -std=c++20 -O1 -DFLIQE_COMPILED "$project/examples/drop_in/main.cpp" $(pkg-config --cflags fliqe) \
  "$(find "$prefix" -name libfliqe_compiled.a)" $(pkg-config --libs fliqe) -o "$dir/by_pkg_config"
expect "by pkg-config" "$("$dir/by_pkg_config" "$(pkg-config --variable=weights fliqe)" "$picture")"

(cd "$build" && cpack -B "$dir/package" >"$dir/cpack" 2>&1) || { cat "$dir/cpack" >&2; exit 1; }
package=$(ls "$dir"/package/*.deb)
dpkg-deb -x "$package" "$dir/unpacked"
expect "$(basename "$package")" "$("$dir/unpacked/usr/bin/fliqe" score -q "$picture" | cut -d' ' -f1)"
dpkg-deb -f "$package" Depends | grep -q libjpeg

# Completion asks the installed program.
complete=$(bash -c 'source "$1/share/bash-completion/completions/fliqe"
  COMP_WORDS=("$1/bin/fliqe" hea) COMP_CWORD=1; _fliqe; echo "${COMPREPLY[@]}"
  COMP_WORDS=("$1/bin/fliqe" heatmap --meth) COMP_CWORD=2; _fliqe; echo "${COMPREPLY[@]}"' - "$prefix")
[ "$complete" = $'heatmap\n--method' ] || { echo "completion: found $complete" >&2; exit 1; }
echo "installed package works"
