#!/usr/bin/env python3
"""Quantizes an embedder to 8 bits.

    quantize.py IN.onnx RANGES.json OUT.onnx

What has to be measured on faces, the range of each activation, is in the file of ranges, which calibrate.py made and
which belongs to the source. All else follows from the weights by exactly defined arithmetic, so that the same file in
gives the same bytes out on every processor, and the manifest can name the checksum. Quantizing on the user's machine
would not: what NNCF measures there depends on the processor's instruction set.

Batch normalizations are folded into the convolutions before them. Weights become signed 8-bit numbers with one scale for
each output channel (greatest magnitude / 63); depthwise convolutions stay as they are, because engines run them in 32
bits anyway. They reach no further than 63 because processors without VNNI add two products of a weight and an activation of
8 bits in 16 bits, which do not hold 2 * 127 * 255: the sum saturates, and embeddings are wrong. Activations get the pairs of QuantizeLinear and DequantizeLinear that engines recognize.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.external_data_helper import convert_model_to_external_data, write_external_data_tensors

OPSET = 13  # From here on a scale for each channel can be expressed.
GREATEST = np.float32(63)  # Of a weight; see above.
SMALL = 1024  # Bytes; smaller arrays stay in the network's own file.


def attribute(node, name, default):
    return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), default)


def is_depthwise(node):
    return node.op_type == "Conv" and attribute(node, "group", 1) > 1


def per_channel(values, dimensions):
    return values.reshape((-1,) + (1,) * (dimensions - 1))


def fold_normalizations(graph, arrays):
    """BatchNormalization after a convolution goes into its weights, in double precision; Dropout does nothing."""
    maker = {output: node for node in graph.node for output in node.output}
    for node in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        source = maker.get(node.input[0])
        if source is None or source.op_type != "Conv":
            continue
        gamma, beta, mean, variance = (arrays[name].astype(np.float64) for name in node.input[1:5])
        scale = gamma / np.sqrt(variance + attribute(node, "epsilon", 1e-5))
        weights = arrays[source.input[1]].astype(np.float64)
        bias = arrays[source.input[2]].astype(np.float64) if len(source.input) > 2 else 0.0
        arrays[source.input[1]] = (weights * per_channel(scale, weights.ndim)).astype(np.float32)
        arrays[source.name + "/bias"] = ((bias - mean) * scale + beta).astype(np.float32)
        source.input[:] = [source.input[0], source.input[1], source.name + "/bias"]
        source.output[0] = node.output[0]
        graph.node.remove(node)
    for node in [node for node in graph.node if node.op_type == "Dropout"]:
        for reader in graph.node:
            reader.input[:] = [node.input[0] if name == node.output[0] else name for name in reader.input]
        graph.node.remove(node)


def quantize_weights(graph, arrays):
    for node in list(graph.node):
        if node.op_type not in ("Conv", "Gemm") or is_depthwise(node):
            continue
        if node.op_type == "Gemm" and attribute(node, "transB", 0) != 1:
            raise ValueError(f"{node.name}: weights with the outputs last are unknown here")
        name = node.input[1]
        weights = arrays.pop(name)
        scale = np.abs(weights).reshape(len(weights), -1).max(axis=1) / GREATEST
        scale[scale == 0] = 1
        arrays[name + "/int8"] = np.rint(weights / per_channel(scale, weights.ndim)).astype(np.int8)
        arrays[name + "/scale"] = scale
        arrays[name + "/zero"] = np.zeros(len(scale), np.int8)
        parts = [name + suffix for suffix in ("/int8", "/scale", "/zero")]
        graph.node.insert(0, helper.make_node("DequantizeLinear", parts, [name + "/restored"], axis=0))
        node.input[1] = name + "/restored"


def quantize_activations(graph, arrays, ranges):
    """A pair behind each value that has a range; all that read it, but depthwise convolutions, read the pair."""
    for name, (scale, zero) in ranges.items():
        readers = [node for node in graph.node if name in node.input and not is_depthwise(node)]
        made = [index for index, node in enumerate(graph.node) if name in node.output]
        if not readers or not (made or name == graph.input[0].name):
            raise ValueError(f"the ranges are of another network: it has no {name}")
        arrays[name + "/scale"] = np.float32(scale)
        arrays[name + "/zero"] = np.uint8(zero)
        for reader in readers:
            reader.input[:] = [name + "/restored" if input == name else input for input in reader.input]
        pair = [name + "/scale", name + "/zero"]
        place = made[0] + 1 if made else 0
        graph.node.insert(place, helper.make_node("DequantizeLinear", [name + "/uint8", *pair], [name + "/restored"]))
        graph.node.insert(place, helper.make_node("QuantizeLinear", [name, *pair], [name + "/uint8"]))


def load(path):
    """The network with its normalizations folded, and its arrays by name."""
    model = onnx.load(path)
    arrays = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    model.opset_import[0].version = max(OPSET, model.opset_import[0].version)
    fold_normalizations(model.graph, arrays)
    return model, arrays


def save(model, arrays, path):
    """Writes the network to the path, and its large arrays to a file of the same name that ends with `.weights`, which
    OpenVINO maps instead of copying it."""
    used = {name for node in model.graph.node for name in node.input}
    del model.graph.initializer[:]
    model.graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(value) if value.ndim else value, name)
        for name, value in arrays.items() if name in used
    )
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    weights = Path(path).with_suffix(".weights")
    weights.unlink(missing_ok=True)  # Else what is written would come behind what it has.
    convert_model_to_external_data(model, location=weights.name, size_threshold=SMALL)
    write_external_data_tensors(model, str(weights.parent))
    Path(path).write_bytes(model.SerializeToString(deterministic=True))


def main(arguments):
    if len(arguments) != 3:
        print("usage: quantize.py IN.onnx RANGES.json OUT.onnx", file=sys.stderr)
        return 64
    source, ranges, target = arguments
    try:
        model, arrays = load(source)
        quantize_weights(model.graph, arrays)
        quantize_activations(model.graph, arrays, json.loads(Path(ranges).read_text())["activations"])
        save(model, arrays, target)
    except (KeyError, OSError, ValueError, onnx.checker.ValidationError) as error:
        print(f"quantize: {source}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
