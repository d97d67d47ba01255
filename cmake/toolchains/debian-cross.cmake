# What the toolchains share; they set CMAKE_SYSTEM_*, triplet and emulator before.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES FLIQE_TARGET_ROOT)
set(CMAKE_C_COMPILER ${triplet}-gcc)
set(CMAKE_CXX_COMPILER ${triplet}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
set(CMAKE_FIND_ROOT_PATH "${FLIQE_TARGET_ROOT}" /usr/${triplet})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
# Headers without code for a processor are the host's; so are their CMake packages.
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE BOTH)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)
# OpenSSL's and libjpeg's headers include some that differ by processor.
set(CMAKE_CXX_FLAGS_INIT "-isystem ${FLIQE_TARGET_ROOT}/usr/include/${triplet}")
# Debian 12 still has some libraries outside of /usr.
set(target_libraries "${FLIQE_TARGET_ROOT}/usr/lib/${triplet}:${FLIQE_TARGET_ROOT}/lib/${triplet}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,${target_libraries}")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-Wl,-rpath-link,${target_libraries}")
set(CMAKE_CROSSCOMPILING_EMULATOR
    env "QEMU_LD_PREFIX=/usr/${triplet}" "QEMU_SET_ENV=LD_LIBRARY_PATH=${target_libraries}"
    ${emulator})
