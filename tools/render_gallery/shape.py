"""One mesh assembled from simple parts.

All lengths are metres. Objects stand on z = 0 and face -y (towards the street).
"""

from __future__ import annotations

import math

import bpy
import numpy as np
from mathutils import Matrix, Vector


class Shape:
    """Collects vertices, faces and a material for every face, then makes one Blender object."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.verts: list = []
        self.faces: list = []
        self.slots: list = []
        self.mats: list = []
        self.transform = Matrix.Identity(4)

    def _slot(self, mat) -> int:
        if mat not in self.mats:
            self.mats.append(mat)
        return self.mats.index(mat)

    def add(self, verts, faces, mat) -> None:
        """Adds raw vertices and faces; ``mat`` is one material or one for every face."""
        base = len(self.verts)
        move = self.transform
        self.verts.extend(tuple(move @ Vector(v)) for v in verts)
        self.faces.extend(tuple(base + i for i in f) for f in faces)
        if isinstance(mat, list):
            self.slots.extend(self._slot(m) for m in mat)
        else:
            self.slots.extend([self._slot(mat)] * len(faces))

    def box(self, center, size, mat, top=(1.0, 1.0), rot=None, shift=(0.0, 0.0)) -> None:
        """A box; ``top`` scales the upper face in x and y, ``shift`` moves it, ``rot`` is Euler angles."""
        x, y, z = (s / 2 for s in size)
        (tx, ty), (sx, sy) = top, shift
        corners = [(-x, -y, -z), (x, -y, -z), (x, y, -z), (-x, y, -z)]
        corners += [(a * tx + sx, b * ty + sy, z) for a, b, _ in corners]
        if rot is not None:
            turn = Matrix.Rotation(rot[2], 3, "Z") @ Matrix.Rotation(rot[1], 3, "Y") @ Matrix.Rotation(rot[0], 3, "X")
            corners = [turn @ Vector(c) for c in corners]
        verts = [(c[0] + center[0], c[1] + center[1], c[2] + center[2]) for c in corners]
        self.add(verts, [(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)], mat)

    def tube(self, points, radii, mat, seg=10, caps=True) -> None:
        """A tube through ``points``; ``radii`` is one radius or one for every point."""
        pts = [Vector(p) for p in points]
        if not hasattr(radii, "__len__"):
            radii = [radii] * len(pts)
        rings = []
        for i, p in enumerate(pts):
            along = (pts[min(i + 1, len(pts) - 1)] - pts[max(i - 1, 0)]).normalized()
            ref = Vector((0, 0, 1)) if abs(along.z) < 0.9 else Vector((1, 0, 0))
            u = along.cross(ref).normalized()
            v = along.cross(u)
            rings.append(
                [
                    p + radii[i] * (math.cos(a) * u + math.sin(a) * v)
                    for a in (2 * math.pi * k / seg for k in range(seg))
                ]
            )
        self.loft(rings, mat, caps)

    def loft(self, rings, mat, caps=True) -> None:
        """Skins closed rings of equal length; ``mat`` may be a function of (ring, segment)."""
        n = len(rings[0])
        verts = [v for r in rings for v in r]
        faces, mats = [], []
        for i in range(len(rings) - 1):
            for k in range(n):
                m = (k + 1) % n
                faces.append((i * n + k, i * n + m, (i + 1) * n + m, (i + 1) * n + k))
                mats.append(mat(i, k) if callable(mat) else mat)
        if caps:
            last = (len(rings) - 1) * n
            faces += [tuple(range(n))[::-1], tuple(range(last, last + n))]
            mats += [mat(0, 0) if callable(mat) else mat] * 2
        self.add(verts, faces, mats)

    def disc(self, center, radius, mat, thick=0.02, axis="z", seg=20) -> None:
        """A short cylinder along an axis."""
        d = {"x": Vector((1, 0, 0)), "y": Vector((0, 1, 0)), "z": Vector((0, 0, 1))}[axis] * thick / 2
        c = Vector(center)
        self.tube([c - d, c + d], radius, mat, seg)

    def ball(self, center, radii, mat, seg=16, rings=9, low=-0.5, high=0.5) -> None:
        """An ellipsoid, or the part of it between two latitudes given as fractions of pi."""
        if not hasattr(radii, "__len__"):
            radii = (radii,) * 3
        rows = []
        for i in range(rings + 1):
            lat = math.pi * (low + (high - low) * i / rings)
            flat = max(math.cos(lat), 0.002)
            rows.append(
                [
                    (
                        center[0] + radii[0] * flat * math.cos(2 * math.pi * k / seg),
                        center[1] + radii[1] * flat * math.sin(2 * math.pi * k / seg),
                        center[2] + radii[2] * math.sin(lat),
                    )
                    for k in range(seg)
                ]
            )
        self.loft(rows, mat)

    def lathe(self, profile, mat, seg=24, center=(0.0, 0.0)) -> None:
        """A body of revolution about z; ``profile`` lists (radius, height), ``mat`` may be one per band."""
        rows = [
            [
                (
                    center[0] + r * math.cos(2 * math.pi * k / seg),
                    center[1] + r * math.sin(2 * math.pi * k / seg),
                    z,
                )
                for k in range(seg)
            ]
            for r, z in profile
        ]
        self.loft(rows, (lambda i, k: mat[i]) if isinstance(mat, list) else mat)

    def torus(self, center, major, minor, mat, axis="x", seg=28, ring=6) -> None:
        """A torus whose hole runs along an axis."""
        verts, faces = [], []
        for i in range(seg):
            a = 2 * math.pi * i / seg
            for k in range(ring):
                b = 2 * math.pi * k / ring
                r, h = major + minor * math.cos(b), minor * math.sin(b)
                p, q = r * math.cos(a), r * math.sin(a)
                v = {"x": (h, p, q), "y": (p, h, q), "z": (p, q, h)}[axis]
                verts.append(tuple(c + w for c, w in zip(center, v, strict=True)))
                faces.append(
                    (
                        i * ring + k,
                        (i + 1) % seg * ring + k,
                        (i + 1) % seg * ring + (k + 1) % ring,
                        i * ring + (k + 1) % ring,
                    )
                )
        self.add(verts, faces, mat)

    def prism(self, outline, depth, mat, axis="y", offset=0.0) -> None:
        """Extrudes a 2-D outline (in the two other axes) symmetrically about ``offset`` along ``axis``."""

        def at(p, h):
            return {"x": (h, p[0], p[1]), "y": (p[0], h, p[1]), "z": (p[0], p[1], h)}[axis]

        self.loft([[at(p, offset - depth / 2) for p in outline], [at(p, offset + depth / 2) for p in outline]], mat)

    def cards(self, centers, sizes, rng: np.random.Generator, mat, aspect=0.6, flat=0.0) -> None:
        """Small quads turned at random (leaves); ``flat`` from 0 to 1 pulls them towards level."""
        n = len(centers)
        u = rng.normal(size=(n, 3))
        u[:, 2] *= 1 - flat
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        v = np.cross(u, rng.normal(size=(n, 3)))
        v[:, 2] *= 1 - flat
        v /= np.linalg.norm(v, axis=1, keepdims=True) + 1e-9
        s = np.asarray(sizes).reshape(-1, 1) * np.ones((n, 1)) / 2
        c = np.asarray(centers)
        quad = np.stack([c - u * s, c + v * s * aspect, c + u * s, c - v * s * aspect], axis=1).reshape(-1, 3)
        base = len(self.verts)
        self.verts.extend(map(tuple, quad.tolist()))
        self.faces.extend((base + 4 * i, base + 4 * i + 1, base + 4 * i + 2, base + 4 * i + 3) for i in range(n))
        self.slots.extend([self._slot(mat)] * n)

    def make(self, bevel=0.0, smooth=35.0, segments=2):
        """Makes the object, linked to the scene; edges sharper than ``smooth`` degrees stay sharp."""
        mesh = bpy.data.meshes.new(self.name)
        mesh.from_pydata(self.verts, [], self.faces)
        for mat in self.mats:
            mesh.materials.append(mat)
        mesh.polygons.foreach_set("material_index", self.slots)
        if smooth:
            mesh.polygons.foreach_set("use_smooth", [True] * len(self.faces))
            mesh.set_sharp_from_angle(angle=math.radians(smooth))
        mesh.update()
        obj = bpy.data.objects.new(self.name, mesh)
        bpy.context.scene.collection.objects.link(obj)
        if bevel:
            mod = obj.modifiers.new("bevel", "BEVEL")
            mod.width, mod.segments = bevel, segments
            mod.limit_method, mod.angle_limit = "ANGLE", math.radians(40)
            mod.harden_normals = False
        return obj
