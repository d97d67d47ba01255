# An overlay port: vcpkg install fliqe --overlay-ports=tools/packaging/vcpkg
# It installs the headers of the clone that it stands in, with the compact weights.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS -DFLIQE_TOOLS=OFF -DFLIQE_TESTS=OFF -DFLIQE_EXAMPLES=OFF -DFLIQE_INSTALL=ON)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME fliqe CONFIG_PATH lib/cmake/fliqe)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug" "${CURRENT_PACKAGES_DIR}/lib/cmake")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
