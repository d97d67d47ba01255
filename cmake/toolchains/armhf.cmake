# Cross-builds for 32-bit ARM by Debian's g++-arm-linux-gnueabihf. Libraries for the target, unpacked anywhere
# (tools/packaging/cross_root.sh does that), are found under FLIQE_TARGET_ROOT.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(triplet arm-linux-gnueabihf)
set(debian_architecture armhf)
set(emulator qemu-arm-static)
set(CMAKE_C_FLAGS_INIT -mfpu=neon-vfpv4)
set(CMAKE_CXX_FLAGS_INIT "-mfpu=neon-vfpv4 -Wno-psabi")
include("${CMAKE_CURRENT_LIST_DIR}/debian-cross.cmake")
