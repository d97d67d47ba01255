# fliqe_embed_text(<target> <function> <file>)
#
# Puts a text into <target>: std::string_view fliqe::tools::<function>() returns it. For the same
# assemblers as fliqe_embed_weights().
function(fliqe_embed_text target function file)
  get_filename_component(path "${file}" ABSOLUTE)
  if(NOT EXISTS "${path}")
    message(FATAL_ERROR "fliqe_embed_text: ${path} does not exist")
  endif()
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${target}_${function}.cpp")
  configure_file("${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embedded_text.cpp.in" "${source}" @ONLY)
  set_source_files_properties("${source}" PROPERTIES OBJECT_DEPENDS "${path}")
  target_sources(${target} PRIVATE "${source}")
endfunction()
