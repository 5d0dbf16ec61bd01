#!/usr/bin/env python3
"""Turns a network whose weights are stored in blocks of 8 bits (ONNX's DequantizeLinear with `block_size`) into one with
plain floats, which every engine reads.

    dequantize.py IN.onnx OUT.onnx

The arithmetic is ONNX's own: (weight - zero point) * scale, each scale for a block of weights along one axis.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper


def dequantized(node, initializers):
    weight, scale = (numpy_helper.to_array(initializers[name]) for name in node.input[:2])
    attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    axis, block = attributes.get("axis", 1), attributes.get("block_size", 0)
    has_zero = len(node.input) > 2 and node.input[2]
    zero = numpy_helper.to_array(initializers[node.input[2]]) if has_zero else np.zeros_like(scale)

    def spread(values):
        values = values.astype(np.float32)
        if block:
            return np.repeat(values, block, axis=axis).take(range(weight.shape[axis]), axis=axis)
        if values.ndim == 1:
            return values.reshape([-1 if dimension == axis else 1 for dimension in range(weight.ndim)])
        return values

    return (weight.astype(np.float32) - spread(zero)) * spread(scale)


def convert(source, target):
    model = onnx.load(source)
    graph = model.graph
    initializers = {initializer.name: initializer for initializer in graph.initializer}
    for node in list(graph.node):
        # Blocks may lie in another shape than the weights.
        if node.op_type not in ("DequantizeLinear", "Reshape") or any(name not in initializers for name in node.input if name):
            continue
        if node.op_type == "DequantizeLinear":
            value = dequantized(node, initializers)
        else:
            value, shape = (numpy_helper.to_array(initializers[name]) for name in node.input)
            value = value.reshape(shape)
        initializers[node.output[0]] = numpy_helper.from_array(np.ascontiguousarray(value), node.output[0])
        graph.node.remove(node)
    used = {name for node in graph.node for name in node.input}
    del graph.initializer[:]
    graph.initializer.extend(value for name, value in initializers.items() if name in used)
    # Old files list their weights among the inputs.
    for value in [value for value in graph.input if value.name not in used or value.name in initializers]:
        graph.input.remove(value)
    del graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    Path(target).write_bytes(model.SerializeToString(deterministic=True))


def main(arguments):
    if len(arguments) != 2:
        print("usage: dequantize.py IN.onnx OUT.onnx", file=sys.stderr)
        return 64
    try:
        convert(*arguments)
    except (KeyError, OSError, ValueError, onnx.checker.ValidationError) as error:
        print(f"dequantize: {arguments[0]}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
