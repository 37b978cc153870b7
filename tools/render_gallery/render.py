"""Renders one photo: build, path-trace, expose, number the objects, save."""

from __future__ import annotations

import math
import random
import tempfile
from pathlib import Path

import bpy
import numpy as np
from PIL import Image

from . import boxes, light
from .plan import Spec
from .scenes import Street


def _set_up(scene, width: int, height: int, samples: int, threads: int, seed: int) -> None:
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    if threads:
        render.threads_mode, render.threads = "FIXED", threads
    cycles.device, cycles.seed = "CPU", seed % 1000
    cycles.samples, cycles.use_adaptive_sampling = samples, True
    cycles.adaptive_threshold, cycles.adaptive_min_samples = 0.05, 8
    cycles.use_light_tree = False
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter, cycles.denoising_quality = "FAST", "BALANCED"
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 4, 2, 2
    cycles.transparent_max_bounces = 3
    cycles.sample_clamp_indirect = 4.0
    cycles.caustics_reflective = cycles.caustics_refractive = False


def _finish(picture: Image.Image, rng) -> Image.Image:
    """A slight vignette and fine grain, as any lens and sensor leave."""
    a = np.asarray(picture.convert("RGB"), dtype=np.float32)
    h, w = a.shape[:2]
    y, x = np.mgrid[0:h, 0:w]
    far = ((x / w - 0.5) ** 2 + (y / h - 0.5) ** 2) / 0.5
    gen = np.random.default_rng(rng.randrange(1 << 30))
    a = a * (1 - 0.16 * far[..., None] ** 1.2) + gen.normal(0, 1.3, (h, w, 1))
    return Image.fromarray(np.clip(a + 0.5, 0, 255).astype(np.uint8))


def render(spec: Spec, photo: Path, work: Path, size, samples: int, threads: int) -> dict:
    """Writes the JPEG and returns its entry of boxes.json."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    width, height = size[::-1] if spec.portrait else size
    _set_up(scene, width, height, samples, threads, spec.seed)
    street = Street(spec, width, height)
    boxes.number_objects(street.items)
    light.set_view(scene)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        linear, shown = f"{folder}/linear.exr", f"{folder}/shown.png"
        settings = scene.render.image_settings
        bpy.ops.render.render()
        result = bpy.data.images["Render Result"]
        settings.file_format, settings.color_depth = "OPEN_EXR", "32"
        result.save_render(linear, scene=scene)
        image = bpy.data.images.load(linear)
        pixels = np.empty(width * height * 4, dtype=np.float32)
        image.pixels.foreach_get(pixels)
        rgb = pixels.reshape(-1, 4)[:, :3]
        stops = light.exposure_for(spec.mood, rgb @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32))
        scene.view_settings.exposure = stops
        settings.file_format, settings.color_depth = "PNG", "8"
        result.save_render(shown, scene=scene)
        picture = _finish(Image.open(shown), random.Random(spec.seed + len(spec.twin)))
        numbers = boxes.number_map(scene, f"{folder}/numbers.png")
    found = boxes.find_boxes(scene, scene.camera, street.items, numbers)
    picture.save(photo, quality=88, optimize=True)
    return {
        "file": f"photos/{photo.name}",
        "width": width,
        "height": height,
        "scene_seed": spec.seed,
        "time_of_day": spec.mood,
        "layout": spec.layout,
        "lens_mm": round(scene.camera.data.lens, 1),
        "camera_height_m": round(scene.camera.matrix_world.translation.z, 2),
        "sun_azimuth_deg": round(math.degrees(street.azimuth) % 360),
        "near_duplicate_of": f"photos/street_{spec.twin_of:04d}.jpg" if spec.twin else None,
        "objects": found,
    }
