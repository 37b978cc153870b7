"""Exact boxes: an extra render in which every thing has its own flat colour."""

from __future__ import annotations

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from PIL import Image, ImageDraw

MIN_PIXELS = 60


def number_objects(items) -> None:
    """Writes the number of each item into its objects' colour; 0 is the street itself."""
    for obj in bpy.context.scene.objects:
        obj.color = (0, 0, 0, 1)
    for number, item in enumerate(items, 1):
        for obj in item.objects:
            obj.color = (number / 255.0, (number * 37 % 256) / 255.0, 0, 1)


def _flat_material():
    mat = bpy.data.materials.new("numbers")
    mat.use_nodes = True
    tree = mat.node_tree
    tree.nodes.clear()
    info, glow = tree.nodes.new("ShaderNodeObjectInfo"), tree.nodes.new("ShaderNodeEmission")
    out = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(info.outputs["Color"], glow.inputs[0])
    tree.links.new(glow.outputs[0], out.inputs[0])
    return mat


def number_map(scene, path: str):
    """Renders item numbers, one sample in the middle of each pixel, and returns them as an array."""
    scene.view_layers[0].material_override = _flat_material()
    scene.view_settings.view_transform, scene.view_settings.look = "Raw", "None"
    scene.view_settings.exposure = 0.0
    scene.world = None
    cycles = scene.cycles
    cycles.samples, cycles.use_denoising, cycles.max_bounces = 1, False, 0
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 0.01
    scene.render.dither_intensity = 0.0
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)
    rgb = np.asarray(Image.open(path).convert("RGB"), dtype=np.int32)
    numbers = rgb[..., 0]
    good = rgb[..., 1] == numbers * 37 % 256
    return np.where(good, numbers, 0)


def _alone(scene, camera, item, width: int, height: int) -> int:
    """Pixels that an item would cover with nothing in front of it and no picture border."""
    pad = 1
    canvas = Image.new("1", (width * (1 + 2 * pad), height * (1 + 2 * pad)))
    draw = ImageDraw.Draw(canvas)
    graph = bpy.context.evaluated_depsgraph_get()
    for obj in item.objects:
        if obj.type != "MESH":
            continue
        mesh = obj.evaluated_get(graph).to_mesh()
        points = []
        for vertex in mesh.vertices:
            p = world_to_camera_view(scene, camera, obj.matrix_world @ vertex.co)
            points.append((width * (pad + p.x), height * (pad + 1 - p.y)) if p.z > 0.05 else None)
        for face in mesh.polygons:
            outline = [points[i] for i in face.vertices]
            if None not in outline:
                draw.polygon(outline, fill=1)
        obj.evaluated_get(graph).to_mesh_clear()
    return int(np.asarray(canvas).sum())


def find_boxes(scene, camera, items, numbers) -> list[dict]:
    """Boxes [left, top, right, bottom] in pixels, right and bottom exclusive, of all visible items."""
    height, width = numbers.shape
    found = []
    for number, item in enumerate(items, 1):
        ys, xs = np.nonzero(numbers == number)
        if len(xs) < MIN_PIXELS:
            continue
        whole = max(_alone(scene, camera, item, width, height), len(xs))
        box = [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1]
        found.append({"kind": item.kind, "box": box, "visible": max(0.01, round(len(xs) / whole, 2))})
    return sorted(found, key=lambda o: (o["kind"], o["box"]))
