#!/usr/bin/env python3
"""Measures the ranges of an embedder's activations, for quantize.py. Only whoever brings in another network runs this.

    python3 -m venv .vendor/calibrate
    .vendor/calibrate/bin/pip install nncf==3.4.0 onnx==1.23.2 onnxruntime opencv-python-headless
    .vendor/calibrate/bin/python Models/calibrate.py facenet-128 Models/facenet-128.ranges.json PHOTO_OR_VIDEO...

200 crops are drawn from the faces in the photos and videos: shifted, turned, lighter or darker, blurred, noisy and
compressed anew, cut out as the manifest says. NNCF (preset MIXED) decides which values are quantized and from where to
where they reach. The ranges that Visage comes with are of the test images of face_recognition 1.3.0 and the
demonstration's clip. Much darker or lighter crops make SFace worse: its ranges get too wide.
"""

import json
import sys
import tempfile
from pathlib import Path

import cv2
import nncf
import numpy as np
import onnx

import quantize

MODELS = Path(__file__).resolve().parent
CROPS = 200
FRAMES_APART = 24
# ArcFace's template for 112 x 112 pixels (InsightFace, face_align.py).
FIVE_POINTS = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)], np.float32
)


def pictures(paths):
    for path in paths:
        if (picture := cv2.imread(path)) is not None:
            yield picture
            continue
        video, number = cv2.VideoCapture(path), 0
        while (frame := video.read()[1]) is not None:
            if number % FRAMES_APART == 0:
                yield frame
            number += 1


def faces(paths):
    """(picture, box as x, y, width, height, five landmarks) of every face."""
    detector = cv2.FaceDetectorYN.create(str(MODELS / "yunet-2023mar.onnx"), "", (320, 320), 0.6)
    for picture in pictures(paths):
        scale = 640 / max(picture.shape[:2])
        small = cv2.resize(picture, None, fx=scale, fy=scale)
        detector.setInputSize(small.shape[1::-1])
        found = detector.detect(small)[1]
        for row in found if found is not None else []:
            yield picture, row[:4] / scale, row[4:14].reshape(5, 2) / scale


def crop(entry, picture, box, points, random):
    side = entry["input"]["shape"][-1]
    if entry["crop"]["alignment"] == "five-point":
        moved = (points + random.normal(0, 0.02 * box[2], points.shape)).astype(np.float32)
        matrix = cv2.estimateAffinePartial2D(moved, FIVE_POINTS * side / 112, method=cv2.LMEDS)[0]
    else:
        length = max(box[2:]) * random.uniform(0.9, 1.2)
        center = box[:2] + box[2:] / 2 + random.normal(0, 0.03, 2) * length
        matrix = cv2.getRotationMatrix2D(center, random.normal(0, 8), side / length)
        matrix[:, 2] += side / 2 - center
    return cv2.warpAffine(picture, matrix, (side, side))


def disturbed(crop, random):
    values = crop.astype(np.float32) * random.uniform(0.7, 1.2) + random.uniform(-20, 20)
    if random.random() < 0.4:
        small = max(8, int(len(crop) * random.uniform(0.15, 0.7)))
        values = cv2.resize(cv2.resize(values, (small, small), interpolation=cv2.INTER_AREA), crop.shape[:2])
    crop = np.clip(values + random.normal(0, random.uniform(0, 8), crop.shape), 0, 255).astype(np.uint8)
    if random.random() < 0.3:
        quality = int(random.integers(20, 80))
        crop = cv2.imdecode(cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return crop[:, ::-1] if random.random() < 0.5 else crop


def network_input(entry, crop):
    if entry["input"]["color"] == "rgb":
        crop = crop[:, :, ::-1]
    values = crop.astype(np.float32)
    if entry["input"]["standardisation"] == "per-image":
        values = (values - values.mean()) / max(values.std(), 1 / np.sqrt(values.size))
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def ranges(entry, crops):
    """{value: [scale, zero point]}: a value x is stored as round(x / scale) + zero point, in 0 to 255."""
    model, arrays = quantize.load(MODELS / entry["files"][0]["file"])
    with tempfile.NamedTemporaryFile(suffix=".onnx") as folded:
        quantize.save(model, arrays, folded.name)
        network = onnx.load(folded.name)
    name = entry["input"]["name"]
    data = nncf.Dataset(crops, lambda crop: {name: network_input(entry, crop)})
    network = nncf.quantize(network, data, preset=nncf.QuantizationPreset.MIXED, subset_size=len(crops))
    arrays = {item.name: onnx.numpy_helper.to_array(item) for item in network.graph.initializer}
    depthwise = {node.name for node in network.graph.node if quantize.is_depthwise(node)}
    found = {}
    for node in network.graph.node:
        if node.op_type != "QuantizeLinear" or node.input[0] in arrays:
            continue
        restored = {o for reader in network.graph.node if node.output[0] in reader.input for o in reader.output}
        readers = {reader.name for reader in network.graph.node if restored & set(reader.input)}
        if readers <= depthwise:
            continue
        scale, zero = arrays[node.input[1]], arrays[node.input[2]]
        found[node.input[0]] = [float(scale.max()), int(zero.ravel()[0]) + (128 if zero.dtype == np.int8 else 0)]
    return found


def main(name, target, *paths):
    manifest = json.loads((MODELS / "manifest.json").read_text())
    entry = next(model for model in manifest["models"] if model["id"] == name)
    random = np.random.default_rng(1)
    sources = list(faces(paths))
    crops = [
        disturbed(crop(entry, *sources[random.integers(len(sources))], random), random) for _ in range(CROPS)
    ]
    lines = [f"  {json.dumps(value)}: {json.dumps(pair)}" for value, pair in ranges(entry, crops).items()]
    Path(target).write_text('{"activations": {\n' + ",\n".join(lines) + "\n}}\n")
    print(f"{len(lines)} values, from {len(crops)} crops of {len(sources)} faces")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit("usage: calibrate.py MODEL RANGES.json PHOTO_OR_VIDEO...")
    main(*sys.argv[1:])
