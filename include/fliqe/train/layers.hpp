// SPDX-License-Identifier: MIT
/// @file
/// Layers that learn: forwards, and backwards from the gradient of the loss with respect to their
/// output to that with respect to their input. Rows are examples.
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <fliqe/base/random.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/tensor_entry.hpp>
#include <utility>

namespace fliqe::inline FLIQE_ABI::train {

template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class Scalar>
using Row = Eigen::Matrix<Scalar, 1, Eigen::Dynamic>;

/// The shape by which PyTorch stores a matrix, and a row of one number a channel.
template <class Scalar>
weights::Shape matrix_shape(const Matrix<Scalar>& values) {
  return {values.rows(), values.cols()};
}
template <class Scalar>
weights::Shape row_shape(const Matrix<Scalar>& values) {
  return {values.cols()};
}

/// Numbers that are learned, and the gradient of the loss with respect to them.
template <class Scalar>
struct Parameter {
  Matrix<Scalar> value, gradient;

  explicit Parameter(Matrix<Scalar> start)
      : value(std::move(start)), gradient(Matrix<Scalar>::Zero(value.rows(), value.cols())) {}
};

/// y = x W^T + b, as torch.nn.Linear: W is outputs x inputs.
template <class Scalar>
class Linear {
 public:
  /// Starts as PyTorch does: uniformly within 1 / sqrt(inputs) (He et al., 2015, with a = sqrt(5)).
  Linear(int inputs, int outputs, Random& random)
      : weight_(uniform(outputs, inputs, inputs, random)),
        bias_(uniform(1, outputs, inputs, random)) {}

  Matrix<Scalar> forward(const Matrix<Scalar>& x, bool training) {
    if (training) input_ = x;
    return (x * weight_.value.transpose()).rowwise() + bias_.value.row(0);
  }

  Matrix<Scalar> backward(const Matrix<Scalar>& output_gradient) {
    weight_.gradient = output_gradient.transpose() * input_;
    bias_.gradient = output_gradient.colwise().sum();
    return output_gradient * weight_.value;
  }

  template <class Visitor>
  void for_each_parameter(const Visitor& visit) {
    visit(weight_);
    visit(bias_);
  }

  /// Everything that is stored: `visit(name, values, shape)`.
  template <class Visitor>
  void for_each_array(const Visitor& visit) {
    visit("weight", weight_.value, matrix_shape(weight_.value));
    visit("bias", bias_.value, row_shape(bias_.value));
  }

 private:
  static Matrix<Scalar> uniform(int rows, int columns, int inputs, Random& random) {
    const double bound = 1 / std::sqrt(static_cast<double>(inputs));
    return Matrix<Scalar>::NullaryExpr(
        rows, columns, [&] { return static_cast<Scalar>(random.between(-bound, bound)); });
  }

  Parameter<Scalar> weight_, bias_;
  Matrix<Scalar> input_;
};

template <class Scalar>
class Relu {
 public:
  Matrix<Scalar> forward(const Matrix<Scalar>& x, bool training) {
    if (training) input_ = x;
    return x.cwiseMax(Scalar{0});
  }

  Matrix<Scalar> backward(const Matrix<Scalar>& output_gradient) {
    return (input_.array() > Scalar{0}).select(output_gradient, Scalar{0});
  }

  template <class Visitor>
  void for_each_parameter(const Visitor&) {}
  template <class Visitor>
  void for_each_array(const Visitor&) {}

 private:
  Matrix<Scalar> input_;
};

/// Rows of length 1, as torch.nn.functional.normalize.
template <class Scalar>
class UnitLength {
 public:
  Matrix<Scalar> forward(const Matrix<Scalar>& x, bool training) {
    const Matrix<Scalar> length = x.rowwise().norm().cwiseMax(shortest);
    Matrix<Scalar> unit = x.array().colwise() / length.col(0).array();
    if (training) {
      length_ = length;
      unit_ = unit;
    }
    return unit;
  }

  Matrix<Scalar> backward(const Matrix<Scalar>& output_gradient) {
    const Matrix<Scalar> along = unit_.cwiseProduct(output_gradient).rowwise().sum();
    const Matrix<Scalar> lengthwise = unit_.array().colwise() * along.col(0).array();
    return (output_gradient - lengthwise).array().colwise() / length_.col(0).array();
  }

  template <class Visitor>
  void for_each_parameter(const Visitor&) {}
  template <class Visitor>
  void for_each_array(const Visitor&) {}

 private:
  static constexpr Scalar shortest = Scalar(1e-12);

  Matrix<Scalar> length_, unit_;
};

/// As torch.nn.BatchNorm1d (Ioffe and Szegedy, 2015): in training by the statistics of the batch,
/// which the running ones follow; else by the running ones.
template <class Scalar>
class BatchNorm {
 public:
  explicit BatchNorm(int channels)
      : weight_(Matrix<Scalar>::Ones(1, channels)),
        bias_(Matrix<Scalar>::Zero(1, channels)),
        running_mean_(Matrix<Scalar>::Zero(1, channels)),
        running_variance_(Matrix<Scalar>::Ones(1, channels)) {}

  Matrix<Scalar> forward(const Matrix<Scalar>& x, bool training) {
    if (!training) return scaled(normalized(x, running_mean_.row(0), running_variance_.row(0)));
    const auto count = static_cast<Scalar>(x.rows());
    const Row<Scalar> mean = x.colwise().mean();
    const Row<Scalar> variance = (x.rowwise() - mean).array().square().colwise().sum() / count;
    // PyTorch's running variance is the unbiased one.
    const Scalar unbiased = count > 1 ? count / (count - 1) : Scalar{1};
    running_mean_ += momentum * (mean - running_mean_);
    running_variance_ += momentum * (unbiased * variance - running_variance_);
    deviation_ = (variance.array() + epsilon).sqrt();
    normal_ = normalized(x, mean, variance);
    return scaled(normal_);
  }

  Matrix<Scalar> backward(const Matrix<Scalar>& output_gradient) {
    const auto count = static_cast<Scalar>(output_gradient.rows());
    weight_.gradient = output_gradient.cwiseProduct(normal_).colwise().sum();
    bias_.gradient = output_gradient.colwise().sum();
    const Row<Scalar> mean_gradient = bias_.gradient.row(0) / count;
    const Row<Scalar> mean_product = weight_.gradient.row(0) / count;
    const Row<Scalar> factor = weight_.value.row(0).cwiseQuotient(deviation_);
    const Matrix<Scalar> along = normal_.array().rowwise() * mean_product.array();
    return ((output_gradient.rowwise() - mean_gradient) - along).array().rowwise() * factor.array();
  }

  template <class Visitor>
  void for_each_parameter(const Visitor& visit) {
    visit(weight_);
    visit(bias_);
  }

  template <class Visitor>
  void for_each_array(const Visitor& visit) {
    visit("weight", weight_.value, row_shape(weight_.value));
    visit("bias", bias_.value, row_shape(bias_.value));
    visit("running_mean", running_mean_, row_shape(running_mean_));
    visit("running_var", running_variance_, row_shape(running_variance_));
  }

 private:
  static constexpr Scalar momentum = Scalar(0.1), epsilon = Scalar(1e-5);

  static Matrix<Scalar> normalized(const Matrix<Scalar>& x, const Row<Scalar>& mean,
                                   const Row<Scalar>& variance) {
    const Row<Scalar> factor = (variance.array() + epsilon).rsqrt();
    return (x.rowwise() - mean).array().rowwise() * factor.array();
  }

  Matrix<Scalar> scaled(const Matrix<Scalar>& normal) const {
    const Matrix<Scalar> product = normal.array().rowwise() * weight_.value.row(0).array();
    return product.rowwise() + bias_.value.row(0);
  }

  Parameter<Scalar> weight_, bias_;
  Matrix<Scalar> running_mean_, running_variance_, normal_;
  Row<Scalar> deviation_;
};

}  // namespace fliqe::inline FLIQE_ABI::train
