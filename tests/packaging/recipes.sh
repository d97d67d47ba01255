#!/usr/bin/env bash
# Lets the vcpkg port and the Conan recipe install into empty folders, with stand-ins for the functions
# of both package managers, and configures a project that uses what they installed.
# Usage: recipes.sh PROJECT_DIR
set -euo pipefail
project=$1
recipes=$project/tools/packaging
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat >"$dir/vcpkg.cmake" <<'END'
function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" SOURCE_PATH OPTIONS)
  execute_process(COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET
    COMMAND ${CMAKE_COMMAND} -G Ninja -S ${arg_SOURCE_PATH} -B ${BUILD} ${arg_OPTIONS}
            -DCMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR} -DCMAKE_INSTALL_LIBDIR=lib)
endfunction()
function(vcpkg_cmake_install)
  execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()
function(vcpkg_cmake_config_fixup)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "PACKAGE_NAME;CONFIG_PATH" "")
  set(share ${CURRENT_PACKAGES_DIR}/share/${arg_PACKAGE_NAME})
  file(GLOB files ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH}/*)
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    file(READ ${file} text)
    string(REPLACE "/../../../" "/../../" text "${text}")
    set(up "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\n")
    string(REPLACE "${up}${up}${up}" "${up}${up}" text "${text}")
    file(WRITE ${share}/${name} "${text}")
  endforeach()
endfunction()
function(vcpkg_fixup_pkgconfig)
endfunction()
function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" FILE_LIST)
  file(COPY ${arg_FILE_LIST} DESTINATION ${CURRENT_PACKAGES_DIR}/share/fliqe)
endfunction()
include(${PORT}/portfile.cmake)
END
python3 - "$recipes/vcpkg/fliqe/vcpkg.json" "$project/include/fliqe/version.h" <<'END'
import json, re, sys

port = json.load(open(sys.argv[1]))["version"]
header = ".".join(re.findall(r"#define FLIQE_VERSION_[A-Z]+ (\d+)$", open(sys.argv[2]).read(), re.M))
if port != header:
    sys.exit(f"{sys.argv[1]}: expected version {header}, found {port}")
END
cmake -DPORT="$recipes/vcpkg/fliqe" -DBUILD="$dir/vcpkg-build" -DCURRENT_PACKAGES_DIR="$dir/vcpkg" -P "$dir/vcpkg.cmake"

mkdir -p "$dir/conan-stub/conan/tools"
cat >"$dir/conan-stub/conan/__init__.py" <<'END'
class ConanFile:
    pass
END
cat >"$dir/conan-stub/conan/tools/files.py" <<'END'
import glob, os, shutil

def load(recipe, path):
    return open(path).read()

def copy(recipe, pattern, source, target):
    for path in glob.glob(os.path.join(source, pattern)):
        to = os.path.join(target, os.path.relpath(path, source))
        os.makedirs(os.path.dirname(to), exist_ok=True)
        (shutil.copytree if os.path.isdir(path) else shutil.copy)(path, to)
END
cat >"$dir/conan-stub/conan/tools/cmake.py" <<'END'
import subprocess

class CMakeToolchain:
    def __init__(self, recipe):
        self.variables = recipe.cmake_variables = {}

    def generate(self):
        pass

class CMake:
    def __init__(self, recipe):
        self.recipe = recipe

    def configure(self):
        options = [f"-D{name}={value}" for name, value in self.recipe.cmake_variables.items()]
        subprocess.run(["cmake", "-G", "Ninja", "-S", self.recipe.source_folder, "-B", self.recipe.build_folder,
                        "-DCMAKE_INSTALL_PREFIX=" + self.recipe.package_folder, *options],
                       check=True, stdout=subprocess.DEVNULL)

    def install(self):
        subprocess.run(["cmake", "--install", self.recipe.build_folder], check=True,
                       stdout=subprocess.DEVNULL)
END
touch "$dir/conan-stub/conan/tools/__init__.py"
PYTHONPATH=$dir/conan-stub python3 -B - "$recipes/conan" "$dir" <<'END'
import sys

recipe_folder, folder = sys.argv[1:]
sys.path.insert(0, recipe_folder)
from conanfile import FliqeRecipe

recipe = FliqeRecipe()
recipe.recipe_folder = recipe_folder
recipe.export_sources_folder = recipe.source_folder = folder + "/conan-source"
recipe.build_folder, recipe.package_folder = folder + "/conan-build", folder + "/conan"
required = []
recipe.requires = required.append
recipe.set_version()
recipe.requirements()
for step in ("export_sources", "generate", "build", "package"):
    getattr(recipe, step)()
print("Conan recipe:", recipe.name, recipe.version, "requires", ", ".join(required))
END

cat >"$dir/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.21)
project(consumer CXX)
find_package(fliqe 0.2 REQUIRED)
file(WRITE "${CMAKE_BINARY_DIR}/main.cpp" "#include <fliqe/version.hpp>\nint main() { return fliqe::version[0] != '0'; }")
add_executable(consumer "${CMAKE_BINARY_DIR}/main.cpp")
target_link_libraries(consumer PRIVATE fliqe::fliqe)
if(NOT EXISTS "${fliqe_WEIGHTS}")
  message(FATAL_ERROR "no weights: ${fliqe_WEIGHTS}")
endif()
END
for manager in vcpkg conan; do
  cmake -G Ninja -S "$dir" -B "$dir/use-$manager" -DCMAKE_PREFIX_PATH="$dir/$manager" >/dev/null
  cmake --build "$dir/use-$manager" >/dev/null
  "$dir/use-$manager/consumer"
  [ -n "$(find "$dir/$manager" -name LICENSE)" ]
  echo "installed by the recipe for $manager, and used"
done
