// SPDX-License-Identifier: MIT
/// @file
/// Collects the kernels of an instruction set that are no convolutions. Included outside the target
/// regions.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

inline constexpr VectorKernels vector_kernels{
    .vector_width = width,
    .max_pool = &max_pool,
    .affine = &affine,
    .relu = &relu,
    .resample_row = &resample_row,
    .resample_columns = &resample_columns,
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
