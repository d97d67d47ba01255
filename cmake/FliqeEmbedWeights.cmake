# fliqe_embed_weights(<target> <file>)
#
# Puts a weights file into <target>, so that fliqe::embedded_weights() returns its bytes and the program
# needs no file at run time. For GNU-compatible assemblers (GCC and Clang on ELF and Mach-O systems).
function(fliqe_embed_weights target file)
  get_filename_component(path "${file}" ABSOLUTE)
  if(NOT EXISTS "${path}")
    message(FATAL_ERROR "fliqe_embed_weights: ${path} does not exist")
  endif()
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${target}_fliqe_weights.cpp")
  configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embedded_weights.cpp.in" "${source}" @ONLY)
  set_source_files_properties("${source}" PROPERTIES OBJECT_DEPENDS "${path}")
  target_sources(${target} PRIVATE "${source}")
  target_link_libraries(${target} PRIVATE fliqe::fliqe)
endfunction()
