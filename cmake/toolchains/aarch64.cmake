# Cross-builds for 64-bit ARM by Debian's g++-aarch64-linux-gnu. Libraries for the target, unpacked anywhere
# (tools/packaging/cross_root.sh does that), are found under FLIQE_TARGET_ROOT.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(triplet aarch64-linux-gnu)
set(debian_architecture arm64)
set(emulator qemu-aarch64-static)
include("${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake")
