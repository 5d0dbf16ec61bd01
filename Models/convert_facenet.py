#!/usr/bin/env python3
"""Converts the Keras FaceNet (Inception-ResNet-v1, HDF5) to ONNX.

    convert_facenet.py facenet_keras_2024.h5 facenet-128.onnx

A Keras file can carry Python byte code in its Lambda layers, and Keras runs it on loading. Nothing in the file is run
here: the graph is read from the `model_config` attribute (JSON), the weights are plain arrays, and a Lambda is taken
for what it is in this network, a multiplication by `config.arguments.scale`, only if its byte code, compared as text,
is the one known to do that. A layer or an option that this converter does not know stops it.

The graph becomes NCHW. Batch normalizations and Lambda scales are folded, in double precision, into the weights before
them, which leaves Conv, Relu, Add, Concat, MaxPool, GlobalAveragePool, Flatten and Gemm. The same file in gives the same bytes
out: every value is rounded once from exactly defined arithmetic, and nothing like a date is written.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

import h5py
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 11, 6  # What OpenCV 4.6 reads.

# `lambda x, scale: x * scale` as CPython 3.11 compiled and marshalled it: a code string of 12 bytes, and those.
SCALING_CODE = "f30c00000097007c007c017a0500005300"


class Unsupported(Exception):
    """The file holds something that this converter does not know how to express."""


def expect(layer, **wanted):
    """Every option that would change the mathematics has to have the value that the code below assumes."""
    for option, value in wanted.items():
        found = layer["config"].get(option)
        if found != value:
            raise Unsupported(f"layer {layer['name']}: {option} is {found!r}, this converter knows only {value!r}")


class Graph:
    """Layers in, ONNX nodes out; weights stay open to folding until a layer that cannot be folded reads them."""

    def __init__(self, weights):
        self.weights = weights  # HDF5 group: layer name -> arrays
        self.nodes = []  # (operator, name, inputs, attributes)
        self.arrays = {}  # conv or dense name -> [weights (outputs first), bias], float64
        self.output_of = {}  # Keras layer name -> ONNX value name
        self.readers = {}  # Keras layer name -> how many layers read it

    def array(self, layer, name):
        group = self.weights[layer["name"]]
        found = []
        group.visititems(lambda path, item: found.append(item) if path.split("/")[-1] == name + ":0" else None)
        if len(found) != 1:
            raise Unsupported(f"layer {layer['name']}: {len(found)} arrays named {name}, expected one")
        return found[0][()].astype(numpy.float64)

    def emit(self, layer, operator, inputs, **attributes):
        self.nodes.append((operator, layer["name"], inputs, attributes))
        self.output_of[layer["name"]] = layer["name"]

    def fold(self, layer, source, scale, shift):
        """Takes y = x * scale + shift into the weights that make x. Nobody else may be reading x."""
        owner = self.output_of[source]
        if owner not in self.arrays or self.readers[source] != 1:
            raise Unsupported(f"layer {layer['name']}: nothing to fold it into")
        weights, bias = self.arrays[owner]
        outputs_first = (-1,) + (1,) * (weights.ndim - 1)
        self.arrays[owner] = [weights * numpy.reshape(scale, outputs_first), bias * scale + shift]
        self.output_of[layer["name"]] = owner

    # One method a Keras class.

    def add_Conv2D(self, layer, inputs):
        expect(layer, data_format="channels_last", dilation_rate=[1, 1], groups=1, activation="linear")
        config = layer["config"]
        kernel = self.array(layer, "kernel").transpose(3, 2, 0, 1)  # HWIO -> OIHW
        bias = self.array(layer, "bias") if config["use_bias"] else numpy.zeros(kernel.shape[0])
        height, width = config["kernel_size"]
        if config["padding"] == "valid":
            pads = [0, 0, 0, 0]
        elif config["padding"] == "same" and config["strides"] == [1, 1] and height % 2 == 1 and width % 2 == 1:
            pads = [height // 2, width // 2, height // 2, width // 2]
        else:
            raise Unsupported(f"layer {layer['name']}: padding {config['padding']!r} with strides {config['strides']}")
        self.arrays[layer["name"]] = [kernel, bias]
        self.emit(layer, "Conv", inputs, kernel_shape=[height, width], strides=config["strides"], pads=pads)

    def add_Dense(self, layer, inputs):
        expect(layer, activation="linear")
        kernel = self.array(layer, "kernel").T  # outputs first
        bias = self.array(layer, "bias") if layer["config"]["use_bias"] else numpy.zeros(kernel.shape[0])
        self.arrays[layer["name"]] = [kernel, bias]
        self.emit(layer, "Gemm", inputs, transB=1)

    def add_BatchNormalization(self, layer, inputs):
        config = layer["config"]
        if config["axis"] not in ([3], [1]):
            raise Unsupported(f"layer {layer['name']}: axis {config['axis']}")
        scale = 1 / numpy.sqrt(self.array(layer, "moving_variance") + config["epsilon"])
        if config["scale"]:
            scale = scale * self.array(layer, "gamma")
        shift = -self.array(layer, "moving_mean") * scale
        if config["center"]:
            shift = shift + self.array(layer, "beta")
        self.fold(layer, source_of(layer), scale, shift)

    def add_Lambda(self, layer, inputs):
        expect(layer, function_type="lambda")
        code, defaults, closure = layer["config"]["function"]
        if defaults is not None or closure is not None or not is_scaling(code):
            raise Unsupported(f"layer {layer['name']}: its function is not the known `x * scale`; it is not run to find out")
        arguments = layer["config"]["arguments"]
        if set(arguments) != {"scale"} or not isinstance(arguments["scale"], float):
            raise Unsupported(f"layer {layer['name']}: arguments {arguments!r}, expected one number named scale")
        self.fold(layer, source_of(layer), arguments["scale"], 0.0)

    def add_Activation(self, layer, inputs):
        expect(layer, activation="relu")
        self.emit(layer, "Relu", inputs)

    def add_Add(self, layer, inputs):
        self.emit(layer, "Add", inputs)

    def add_Concatenate(self, layer, inputs):
        expect(layer, axis=3)
        self.emit(layer, "Concat", inputs, axis=1)

    def add_MaxPooling2D(self, layer, inputs):
        expect(layer, data_format="channels_last", padding="valid")
        config = layer["config"]
        self.emit(layer, "MaxPool", inputs, kernel_shape=config["pool_size"], strides=config["strides"])

    def add_GlobalAveragePooling2D(self, layer, inputs):
        expect(layer, data_format="channels_last", keepdims=False)
        pooled = layer["name"] + "_pooled"
        self.nodes.append(("GlobalAveragePool", pooled, inputs, {}))
        self.emit(layer, "Flatten", [pooled], axis=1)

    def add_Dropout(self, layer, inputs):
        self.output_of[layer["name"]] = inputs[0]  # Does nothing outside training.


def is_scaling(code):
    """Compares the byte code with the known one; base64 is undone, nothing is unmarshalled."""
    return SCALING_CODE in base64.b64decode(code).hex()


def source_names(layer):
    if len(layer["inbound_nodes"]) != 1:
        raise Unsupported(f"layer {layer['name']} is used {len(layer['inbound_nodes'])} times")
    return [name for name, node, tensor, arguments in layer["inbound_nodes"][0]]


def source_of(layer):
    (name,) = source_names(layer)
    return name


def read(path):
    """The Keras layers of the file as a Graph, and the ONNX value that is the network's output."""
    with h5py.File(path, "r") as file:
        model = json.loads(file.attrs["model_config"])
        config = model["config"]
        layers = config["layers"]
        graph = Graph(file["model_weights"])
        for layer in layers[1:]:
            for name in source_names(layer):
                graph.readers[name] = graph.readers.get(name, 0) + 1
        if layers[0]["class_name"] != "InputLayer":
            raise Unsupported("the first layer is not the input")
        expect(layers[0], batch_input_shape=[None, 160, 160, 3], dtype="float32")
        graph.output_of[layers[0]["name"]] = "input"
        for layer in layers[1:]:
            add = getattr(graph, "add_" + layer["class_name"], None)
            if add is None:
                raise Unsupported(f"layer {layer['name']}: class {layer['class_name']} is unknown")
            add(layer, [graph.output_of[name] for name in source_names(layer)])
        ((output, _, _),) = config["output_layers"]
        return graph, graph.output_of[output]


def write(graph, output, path):
    nodes, initializers = [], []
    for operator, name, inputs, attributes in graph.nodes:
        inputs = list(inputs)
        if name in graph.arrays:
            for suffix, array in zip(("weights", "bias"), graph.arrays[name]):
                initializers.append(
                    numpy_helper.from_array(numpy.ascontiguousarray(array, numpy.dtype("<f4")), f"{name}/{suffix}")
                )
                inputs.append(f"{name}/{suffix}")
        value = "embedding" if name == output else name
        nodes.append(helper.make_node(operator, inputs, [value], name=name, **attributes))
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "facenet-128",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, 160, 160])],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", 128])],
            initializers,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="visage convert_facenet",
        producer_version="1",
    )
    onnx.checker.check_model(model, full_check=True)
    Path(path).write_bytes(model.SerializeToString(deterministic=True))


def main(arguments):
    if len(arguments) != 2:
        print("usage: convert_facenet.py IN.h5 OUT.onnx", file=sys.stderr)
        return 64
    try:
        write(*read(arguments[0]), arguments[1])
    except (Unsupported, KeyError, OSError, ValueError) as error:
        print(f"convert_facenet: {arguments[0]}: {error}", file=sys.stderr)
        return 1
    print(hashlib.sha256(Path(arguments[1]).read_bytes()).hexdigest())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
