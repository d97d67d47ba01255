"""conan create tools/packaging/conan (from the clone that it stands in)"""
import os
import re

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeToolchain
from conan.tools.files import copy, load


class FliqeRecipe(ConanFile):
    name = "fliqe"
    description = "Quality of thermal images, scored on the CPU"
    license = "MIT"
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True

    def set_version(self):
        header = load(self, os.path.join(self._clone, "include/fliqe/version.h"))
        self.version = ".".join(re.findall(r"#define FLIQE_VERSION_[A-Z]+ (\d+)$", header, re.M))

    @property
    def _clone(self):
        return os.path.join(self.recipe_folder, "../../..")

    def requirements(self):
        self.requires("eigen/3.4.0")
        self.requires("xsimd/13.0.0")
        self.requires("stb/cci.20240531")

    def export_sources(self):
        folders = ("include", "src", "tools/pth", "cmake", "weights")
        for pattern in (*(f"{folder}/*" for folder in folders), "CMakeLists.txt", "LICENSE"):
            copy(self, pattern, self._clone, self.export_sources_folder)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for option in ("TOOLS", "TESTS", "EXAMPLES"):
            toolchain.variables[f"FLIQE_{option}"] = False
        toolchain.variables["FLIQE_INSTALL"] = True
        toolchain.generate()

    def build(self):
        CMake(self).configure()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_id(self):
        self.info.clear()  # headers only

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
