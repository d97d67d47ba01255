# cmake --install: headers, weights, the CMake package, pkg-config; with the tools also the program,
# its manual page and completion, and the compiled library. CPack makes a Debian package of it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(fliqe_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/fliqe")
# So that what is installed can be moved.
file(RELATIVE_PATH fliqe_pc_to_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
set(fliqe_data_dir "${CMAKE_INSTALL_DATADIR}/fliqe")

target_include_directories(fliqe INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
install(TARGETS fliqe EXPORT fliqeTargets)
if(TARGET fliqe_c)
  install(TARGETS fliqe_c EXPORT fliqeTargets LIBRARY)
  install(FILES include/fliqe.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  configure_file(cmake/fliqe-c.pc.in fliqe-c.pc @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/fliqe-c.pc"
          DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endif()
if(TARGET fliqe_python)
  install(TARGETS fliqe_python LIBRARY DESTINATION lib/python3/dist-packages)
endif()
if(TARGET fliqe_gstreamer)
  install(TARGETS fliqe_gstreamer LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/gstreamer-1.0")
endif()
if(TARGET fliqe_program)
  set_target_properties(fliqe_compiled PROPERTIES EXPORT_NAME compiled)
  set_target_properties(fliqe_pth PROPERTIES EXPORT_NAME pth)
  install(TARGETS fliqe_compiled fliqe_pth EXPORT fliqeTargets ARCHIVE)
  install(TARGETS fliqe_program RUNTIME)
  install(FILES docs/fliqe.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
  install(FILES tools/completion.bash DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
          RENAME fliqe)
endif()
install(EXPORT fliqeTargets NAMESPACE fliqe:: DESTINATION "${fliqe_cmake_dir}")
install(DIRECTORY include/fliqe DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(FILES weights/fliqe-compact.safetensors weights/README.md DESTINATION "${fliqe_data_dir}")

configure_package_config_file(cmake/fliqeConfig.cmake.in fliqeConfig.cmake
                              INSTALL_DESTINATION "${fliqe_cmake_dir}" PATH_VARS fliqe_data_dir)
write_basic_package_version_file(fliqeConfigVersion.cmake COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/fliqeConfig.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/fliqeConfigVersion.cmake"
              cmake/FliqeEmbedWeights.cmake cmake/embedded_weights.cpp.in
        DESTINATION "${fliqe_cmake_dir}")
configure_file(cmake/fliqe.pc.in fliqe.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/fliqe.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "the fliqe authors <fliqe@users.noreply.github.com>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
if(CMAKE_CROSSCOMPILING)
  # dpkg-shlibdeps knows the packages of this system's processor only.
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE "${debian_architecture}")
  set(CPACK_DEBIAN_PACKAGE_DEPENDS
      "libc6 (>= 2.36), libgcc-s1, libgomp1, libjpeg62-turbo, libpng16-16, libssl3, libstdc++6 (>= 12), libtiff6, zlib1g")
else()
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libeigen3-dev, libxsimd-dev, libstb-dev")
set(CPACK_STRIP_FILES ON)
include(CPack)
