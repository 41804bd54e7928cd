//===- Rotation.cpp - The angles of rotary position embedding -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Rotation.h"

#include <cmath>

using namespace llvm;
using namespace lzimport;

namespace {

constexpr double defaultTheta = 10000;

/// How the plain frequencies are changed, so that a model reaches farther than it was trained to.
struct Scaling {
  std::string type = "default";
  std::optional<double> theta;
  double factor = 1, lowFactor = 1, highFactor = 4, trainedLength = 1;
};

} // namespace

/// The length that the model was trained on, which stands beside the factors, outside of the object, or is the longest
/// one altogether.
static double readTrainedLength(FieldReader &fields, FieldReader &rope) {
  constexpr StringLiteral name = "original_max_position_embeddings";
  int64_t inner = rope.integer(name, 0), outer = fields.integer(name, 0);
  if (inner && outer && inner != outer)
    fields.error("`" + name + "` is given twice, with different values");
  if (inner || outer)
    return double(inner ? inner : outer);
  return double(fields.integer("max_position_embeddings"));
}

/// Of llama3: between which numbers of turns the ramp is.
static void readBand(FieldReader &fields, FieldReader &rope, Scaling &scaling) {
  scaling.lowFactor = rope.positive("low_freq_factor");
  scaling.highFactor = rope.positive("high_freq_factor");
  if (scaling.highFactor <= scaling.lowFactor)
    rope.error(rope.quoted("high_freq_factor") + " must be above " + rope.quoted("low_freq_factor"));
  scaling.trainedLength = readTrainedLength(fields, rope);
}

/// `rope_type`, or `type` as it was called before.
static std::string readType(FieldReader &rope) {
  auto read = [&](StringRef name) {
    return rope.oneOf(name, {"default", "linear", "llama3"},
                      "expected `default`, `linear` or `llama3`; for sequences within the trained length, remove it");
  };
  StringRef type = read("rope_type"), formerType = read("type");
  if (!type.empty() && !formerType.empty() && type != formerType)
    rope.error(rope.quoted("rope_type") + " and " + rope.quoted("type") + " differ");
  StringRef given = type.empty() ? formerType : type;
  return given.empty() ? "default" : given.str();
}

static void readScaling(FieldReader &fields, FieldReader &rope, Scaling &scaling) {
  scaling.type = readType(rope);
  if (rope.find("rope_theta"))
    scaling.theta = rope.positive("rope_theta");
  if (scaling.type == "linear" || scaling.type == "llama3")
    scaling.factor = rope.positive("factor");
  if (scaling.type == "llama3")
    readBand(fields, rope, scaling);
  if (rope.positive("partial_rotary_factor", 1) != 1)
    rope.error("unsupported " + rope.quoted("partial_rotary_factor") + "; expected 1, which turns whole heads");
}

static double scale(double frequency, const Scaling &scaling) {
  if (scaling.type != "llama3")
    return frequency / scaling.factor;
  // Turns within the trained length: many stay as they are, few are slowed down, and in between is a ramp.
  double turns = scaling.trainedLength * frequency / (2 * M_PI);
  double share = (turns - scaling.lowFactor) / (scaling.highFactor - scaling.lowFactor);
  share = std::clamp(share, 0.0, 1.0);
  return (1 - share) * frequency / scaling.factor + share * frequency;
}

SmallVector<float> lzimport::readRotation(FieldReader &fields, int64_t headDim, StringRef file, Reporter &reporter) {
  Scaling scaling;
  if (fields.find("rope_parameters") && fields.find("rope_scaling"))
    fields.error("both `rope_parameters` and `rope_scaling` are given; remove one");
  for (StringRef name : {"rope_parameters", "rope_scaling"}) {
    const json::Value *value = fields.find(name);
    if (!value)
      continue;
    const json::Object *object = value->getAsObject();
    if (!object) {
      fields.error("`" + name + "` must be an object");
      continue;
    }
    FieldReader rope(*object, file, (name + ".").str(), reporter);
    readScaling(fields, rope, scaling);
    rope.rejectUnknown();
  }
  double theta = fields.positive("rope_theta", scaling.theta.value_or(defaultTheta));
  if (scaling.theta && *scaling.theta != theta)
    fields.error("`rope_theta` is given twice, with different values");
  SmallVector<float> angles;
  for (int64_t pair = 0; pair < headDim / 2; ++pair)
    angles.push_back(float(scale(std::pow(theta, -2.0 * double(pair) / double(headDim)), scaling)));
  return angles;
}
