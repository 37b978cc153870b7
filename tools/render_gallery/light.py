"""Sky, sun and tone mapping for five moods of the day. Angles are radians unless named otherwise."""

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Vector

from .materials import linear

MOODS = ("sunny", "low_sun", "overcast", "dusk", "evening")
# Mean brightness that a photographer would expose for: dusk keeps its darkness.
KEY = {"sunny": 0.37, "low_sun": 0.34, "overcast": 0.33, "dusk": 0.24, "evening": 0.165}
# How many windows are lit, their radiance and the power of a street lamp in watts.
EVENING = {"dusk": (0.35, 1.1, 130.0), "evening": (0.5, 0.8, 190.0)}


def _world():
    world = bpy.data.worlds.new("sky")
    bpy.context.scene.world = world
    world.use_nodes = True
    world.cycles.sampling_method, world.cycles.sample_map_resolution = "MANUAL", 512
    tree = world.node_tree
    return tree, tree.nodes["Background"]


def _clouds(tree, colour, rng, bright):
    """Mixes grey-white noise clouds into a sky colour."""
    new, link = tree.nodes.new, tree.links.new
    coord, split, flat = new("ShaderNodeTexCoord"), new("ShaderNodeSeparateXYZ"), new("ShaderNodeCombineXYZ")
    link(coord.outputs["Generated"], split.inputs[0])
    high = new("ShaderNodeMath")
    high.operation, high.inputs[1].default_value = "ADD", 0.18
    link(split.outputs[2], high.inputs[0])
    for axis in (0, 1):
        part = new("ShaderNodeMath")
        part.operation = "DIVIDE"
        link(split.outputs[axis], part.inputs[0])
        link(high.outputs[0], part.inputs[1])
        link(part.outputs[0], flat.inputs[axis])
    flat.inputs[2].default_value = rng.uniform(0, 50)
    noise, ramp = new("ShaderNodeTexNoise"), new("ShaderNodeMapRange")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = rng.uniform(0.8, 1.8), 6.0
    link(flat.outputs[0], noise.inputs["Vector"])
    link(noise.outputs[0], ramp.inputs["Value"])
    low = rng.uniform(0.44, 0.58)
    for name, value in (("From Min", low), ("From Max", low + 0.18), ("To Max", 0.85)):
        ramp.inputs[name].default_value = value
    grey, gain, mix = new("ShaderNodeRGBToBW"), new("ShaderNodeMath"), new("ShaderNodeMix")
    link(colour, grey.inputs[0])
    gain.operation, gain.inputs[1].default_value = "MULTIPLY", bright
    link(grey.outputs[0], gain.inputs[0])
    mix.data_type = "RGBA"
    link(ramp.outputs[0], mix.inputs[0])
    link(colour, mix.inputs[6])
    link(gain.outputs[0], mix.inputs[7])
    return mix.outputs[2]


def _gradient(tree, stops, azimuth, warm, strength):
    """A sky from colours by height, with a glow around the sunken sun."""
    new, link = tree.nodes.new, tree.links.new
    coord, split, ramp = new("ShaderNodeTexCoord"), new("ShaderNodeSeparateXYZ"), new("ShaderNodeValToRGB")
    link(coord.outputs["Generated"], split.inputs[0])
    link(split.outputs[2], ramp.inputs[0])
    while len(ramp.color_ramp.elements) < len(stops):
        ramp.color_ramp.elements.new(0.5)
    for element, (at, rgb) in zip(ramp.color_ramp.elements, stops, strict=True):
        element.position, element.color = at, linear(rgb)
    dot, lobe, mix = new("ShaderNodeVectorMath"), new("ShaderNodeMapRange"), new("ShaderNodeMix")
    dot.operation = "DOT_PRODUCT"
    dot.inputs[1].default_value = (math.cos(azimuth), math.sin(azimuth), -0.05)
    link(coord.outputs["Generated"], dot.inputs[0])
    link(dot.outputs["Value"], lobe.inputs["Value"])
    lobe.inputs["From Min"].default_value, lobe.inputs["To Max"].default_value = 0.35, 0.85
    lobe.interpolation_type = "SMOOTHSTEP"
    mix.data_type = "RGBA"
    link(lobe.outputs[0], mix.inputs[0])
    link(ramp.outputs[0], mix.inputs[6])
    mix.inputs[7].default_value = tuple(c * strength for c in linear(warm)[:3]) + (1.0,)
    return mix.outputs[2]


def _sun(direction, energy, angle_deg, colour):
    data = bpy.data.lights.new("sun", "SUN")
    data.energy, data.angle, data.color = energy, math.radians(angle_deg), colour
    obj = bpy.data.objects.new("sun", data)
    bpy.context.scene.collection.objects.link(obj)
    obj.matrix_world = Vector(direction).to_track_quat("Z", "Y").to_matrix().to_4x4()


def set_sky(mood: str, azimuth: float, rng) -> None:
    """``azimuth`` is the compass angle of the sun, counter-clockwise from +x."""
    tree, out = _world()
    if mood in ("sunny", "low_sun"):
        sky = tree.nodes.new("ShaderNodeTexSky")
        sky.sky_type = "MULTIPLE_SCATTERING"
        height = rng.uniform(32, 55) if mood == "sunny" else rng.uniform(11, 22)
        sky.sun_elevation, sky.sun_rotation = math.radians(height), math.pi / 2 - azimuth
        sky.sun_disc, sky.sun_size = True, math.radians(0.9)
        sky.aerosol_density = rng.uniform(0.8, 2.2)
        colour = _clouds(tree, sky.outputs[0], rng, rng.uniform(1.3, 1.9)) if rng.random() < 0.7 else sky.outputs[0]
        tree.links.new(colour, out.inputs[0])
        out.inputs[1].default_value = 0.1
    elif mood == "overcast":
        stops = [
            (0.0, (0.62, 0.64, 0.66)),
            (0.12, (0.72, 0.75, 0.78)),
            (0.5, (0.8, 0.82, 0.85)),
            (1.0, (0.9, 0.92, 0.95)),
        ]
        sky = _gradient(tree, stops, azimuth, (0.95, 0.93, 0.9), 1.0)
        tree.links.new(_clouds(tree, sky, rng, 0.75), out.inputs[0])
        direction = (math.cos(azimuth) * 0.6, math.sin(azimuth) * 0.6, 0.8)
        _sun(direction, rng.uniform(0.2, 0.9), 35, (1.0, 0.97, 0.93))
    else:
        late = mood == "evening"
        top, middle = ((0.12, 0.19, 0.34), (0.26, 0.34, 0.46)) if late else ((0.32, 0.44, 0.6), (0.5, 0.58, 0.66))
        low = (
            rng.choice([(0.54, 0.49, 0.47), (0.62, 0.5, 0.4)])
            if late
            else rng.choice([(0.86, 0.67, 0.5), (0.8, 0.72, 0.64)])
        )
        stops = [
            (0.0, low),
            (0.13, tuple((a + b) / 2 for a, b in zip(low, middle, strict=True))),
            (0.35, middle),
            (1.0, top),
        ]
        sky = _gradient(tree, stops, azimuth, (1.0, 0.62, 0.32), 0.35 if late else 1.1)
        tree.links.new(_clouds(tree, sky, rng, 0.85), out.inputs[0])
        if not late:
            direction = (math.cos(azimuth), math.sin(azimuth), 0.09)
            _sun(direction, rng.uniform(0.1, 1.0), 4, (1.0, 0.6, 0.32))


def set_view(scene) -> None:
    """AgX keeps bright skies and lamps from clipping."""
    view = scene.view_settings
    view.view_transform = "AgX"
    view.look = "AgX - Punchy"


def exposure_for(mood: str, luminance) -> float:
    """Stops that bring the log-average of a linear picture to the key of the mood."""
    middle = float(np.exp(np.mean(np.log(np.clip(luminance, 1e-4, np.percentile(luminance, 97))))))
    return math.log2(KEY[mood] / max(middle, 1e-4))
