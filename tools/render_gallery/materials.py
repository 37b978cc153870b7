"""Procedural materials. Colours are sRGB triples from 0 to 1, pattern sizes are metres."""

from __future__ import annotations

import bpy


def linear(rgb):
    """sRGB to the linear values that shader sockets take, with alpha."""
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb) + (1.0,)


class Nodes:
    """A short way to write a node tree around one Principled shader."""

    def __init__(self, name: str) -> None:
        self.mat = bpy.data.materials.new(name)
        self.mat.use_nodes = True
        self.tree = self.mat.node_tree
        self.shader = self.tree.nodes["Principled BSDF"]

    def new(self, kind: str, inputs=None, **props):
        """A node with properties set and inputs linked (sockets) or set (values)."""
        node = self.tree.nodes.new("ShaderNode" + kind)
        for key, value in props.items():
            setattr(node, key, value)
        for key, value in (inputs or {}).items():
            self.put(node.inputs[key], value)
        return node

    def put(self, socket, value) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def set(self, **inputs) -> None:
        """Sets inputs of the Principled shader, underscores for blanks."""
        for key, value in inputs.items():
            self.put(self.shader.inputs[key.replace("_", " ")], value)

    def math(self, op, a, b=0.0):
        return self.new("Math", {0: a, 1: b}, operation=op).outputs[0]

    def mix(self, factor, a, b, blend="MIX"):
        node = self.new("Mix", data_type="RGBA", blend_type=blend)
        for index, value in ((0, factor), (6, a), (7, b)):
            self.put(node.inputs[index], value)
        return node.outputs[2]

    def ramp(self, value, low, high, a=0.0, b=1.0):
        """A clamped linear map of a value."""
        names = {"Value": value, "From Min": low, "From Max": high, "To Min": a, "To Max": b}
        return self.new("MapRange", names).outputs[0]

    def where(self):
        return self.new("TexCoord").outputs["Object"]

    def noise(self, scale, detail=3.0, at=None):
        inputs = {"Vector": at or self.where(), "Scale": scale, "Detail": detail}
        return self.new("TexNoise", inputs).outputs[0]

    def bump(self, height, strength=0.3, distance=0.01) -> None:
        node = self.new("Bump", {"Height": height, "Strength": strength, "Distance": distance})
        self.set(Normal=node.outputs[0])

    def wall_plane(self):
        """Coordinates for upright walls: along the wall, then height."""
        xyz = self.new("SeparateXYZ", {0: self.where()}).outputs
        return self.new("CombineXYZ", {0: self.math("ADD", xyz[0], xyz[1]), 1: xyz[2]}).outputs[0]


def darker(rgb, k):
    return tuple(min(1.0, c * k) for c in rgb)


def paint(rgb, rough=0.45, metal=0.0, dirt=0.35, grain=0.0, coat=0.0, name="paint"):
    """Painted metal or moulded plastic with blotchy dirt that thickens towards the ground."""
    n = Nodes(name)
    z = n.new("SeparateXYZ", {0: n.where()}).outputs[2]
    low = n.ramp(z, 0.0, 0.55, 0.75, 0.2)
    blotch = n.ramp(n.noise(6.0, 5.0), 0.42, 0.72)
    amount = n.math("MULTIPLY", n.math("MULTIPLY", blotch, low), dirt * 1.6)
    n.set(Base_Color=n.mix(amount, linear(rgb), linear((0.24, 0.21, 0.18))))
    n.set(Roughness=n.ramp(blotch, 0, 1, rough, min(1.0, rough + 0.25)), Metallic=metal, Coat_Weight=coat)
    if grain:
        n.bump(n.noise(180.0, 1.0), grain, 0.002)
    return n.mat


def plain(rgb, rough=0.6, metal=0.0, glow=0.0, name="plain", **more):
    """One even colour; ``glow`` is an emission strength in W/m2/sr."""
    n = Nodes(name)
    n.set(Base_Color=linear(rgb), Roughness=rough, Metallic=metal, **more)
    if glow:
        n.set(Emission_Color=linear(rgb), Emission_Strength=glow)
    return n.mat


def glass(tint=(0.05, 0.06, 0.07), mirror=0.3, curtain=0.0):
    """Window glass seen from outside: dark, mirror-like, slightly uneven. Cheaper than real refraction.

    ``curtain`` from 0 to 1 lightens folds behind the pane.
    """
    n = Nodes("glass")
    base = linear(tint)
    if curtain:
        wave = n.new("TexWave", {"Vector": n.wall_plane(), "Scale": 3.5, "Distortion": 2.0}).outputs[1]
        part = n.ramp(n.noise(0.55, 1.0), 0.45, 0.5, 0.0, curtain)
        base = n.mix(n.math("MULTIPLY", part, n.ramp(wave, 0, 1, 0.45, 1.0)), base, linear((0.75, 0.73, 0.68)))
    n.set(Base_Color=base, Roughness=0.03, IOR=1.9, Coat_Weight=mirror, Coat_IOR=2.4, Coat_Roughness=0.02)
    n.bump(n.noise(0.9, 1.0), 0.06, 0.02)
    return n.mat


def lit_window(rgb, power, rng):
    """A window with a lamp and curtains behind it."""
    n = Nodes("lit")
    at = n.wall_plane()
    wave = n.new("TexWave", {"Vector": at, "Scale": rng.uniform(2, 5), "Distortion": 1.5}).outputs[1]
    glow = n.math("MULTIPLY", n.ramp(wave, 0, 1, 0.55, 1.0), n.ramp(n.noise(1.1, 1.0), 0.3, 0.7, 0.35, 1.2))
    n.set(Base_Color=linear(darker(rgb, 0.25)), Roughness=0.1, Emission_Color=linear(rgb))
    n.set(Emission_Strength=n.math("MULTIPLY", glow, power))
    return n.mat


def brick(rgb, mortar, rng):
    """Brickwork with stains and single bricks of another shade."""
    n = Nodes("brick")
    at = n.wall_plane()
    inputs = {"Vector": at, "Scale": 1.0, "Mortar Size": 0.011, "Brick Width": 0.25, "Row Height": 0.083}
    inputs |= {
        "Color1": linear(rgb),
        "Color2": linear(darker(rgb, rng.uniform(0.6, 0.8))),
        "Mortar": linear(mortar),
    }
    tex = n.new("TexBrick", inputs)
    stain = n.ramp(n.noise(0.6, 6.0), 0.35, 0.7, 0.0, 0.45)
    n.set(Base_Color=n.mix(stain, tex.outputs[0], linear(darker(rgb, 0.45))), Roughness=0.85)
    n.bump(n.math("SUBTRACT", 1.0, tex.outputs[1]), 0.6, 0.01)
    return n.mat


def plaster(rgb, rng, rough=0.9):
    """Painted render: cloudy patches, streaks of rain, dark near the pavement."""
    n = Nodes("plaster")
    cloud = n.ramp(n.noise(0.45, 6.0), 0.3, 0.72)
    streaky = n.new("Mapping", {0: n.where(), "Scale": (3.0, 3.0, 0.25)}).outputs[0]
    streak = n.ramp(n.noise(1.4, 4.0, streaky), 0.48, 0.75, 0.0, rng.uniform(0.25, 0.6))
    base = n.mix(cloud, linear(darker(rgb, 0.82)), linear(rgb))
    foot = n.ramp(n.new("SeparateXYZ", {0: n.where()}).outputs[2], 0.0, 1.2, 0.5, 0.0)
    base = n.mix(streak, base, linear(darker(rgb, 0.55)))
    n.set(Base_Color=n.mix(foot, base, linear((0.3, 0.28, 0.25))), Roughness=rough)
    n.bump(n.noise(45.0, 3.0), 0.25, 0.01)
    return n.mat


def concrete(rgb=(0.55, 0.54, 0.52), panel=(1.2, 0.6), joint=0.012, offset=0.5, upright=False, wet=0.0):
    """Slabs, panels or kerb stones with joints; ``wet`` from 0 to 1 adds dark shiny patches."""
    n = Nodes("concrete")
    at = n.wall_plane() if upright else n.where()
    inputs = {
        "Vector": at,
        "Scale": 1.0,
        "Mortar Size": joint,
        "Brick Width": panel[0],
        "Row Height": panel[1],
    }
    inputs |= {
        "Color1": linear(rgb),
        "Color2": linear(darker(rgb, 0.86)),
        "Mortar": linear(darker(rgb, 0.45)),
    }
    tex = n.new("TexBrick", inputs, offset=offset)
    speck = n.ramp(n.noise(30.0, 4.0), 0.3, 0.7, 0.82, 1.08)
    col = n.mix(1.0, tex.outputs[0], speck, "MULTIPLY")
    stain = n.ramp(n.noise(0.9, 6.0), 0.45, 0.72, 0.0, 0.5)
    pool = n.ramp(n.noise(0.5, 4.0), 0.62 - 0.25 * wet, 0.7 - 0.2 * wet) if wet else 0.0
    col = n.mix(stain, col, linear(darker(rgb, 0.6)))
    n.set(Base_Color=n.mix(n.math("MULTIPLY", pool, 0.55), col, linear(darker(rgb, 0.3))))
    n.set(Roughness=n.ramp(pool, 0, 1, 0.85, 0.12) if wet else 0.85)
    n.bump(n.math("SUBTRACT", n.math("MULTIPLY", speck, 0.3), tex.outputs[1]), 0.45, 0.008)
    return n.mat


def cobbles(rgb, size=0.13, wet=0.0):
    """Rounded setts by Voronoi cells."""
    n = Nodes("cobbles")
    inputs = {"Vector": n.where(), "Scale": 1 / size, "Randomness": 0.55}
    edge = n.new("TexVoronoi", inputs, feature="DISTANCE_TO_EDGE").outputs[0]
    cell = n.new("TexVoronoi", inputs).outputs["Color"]
    tone = n.mix(0.16, linear(rgb), cell, "OVERLAY")
    gap = n.ramp(edge, 0.02, 0.12)
    n.set(Base_Color=n.mix(gap, linear(darker(rgb, 0.35)), tone))
    n.set(Roughness=n.ramp(n.noise(0.7, 4.0), 0.4, 0.6, 0.75, 0.75 - 0.5 * wet))
    n.bump(n.ramp(edge, 0.0, 0.3), 0.8, 0.02)
    return n.mat


def asphalt(rgb, wet=0.0):
    """Road surface: gravel specks, repairs, fine cracks, wear and puddles."""
    n = Nodes("asphalt")
    speck = n.ramp(n.noise(90.0, 2.0), 0.35, 0.75, 0.75, 1.3)
    patch = n.ramp(n.noise(0.35, 5.0), 0.38, 0.66, 0.75, 1.15)
    bend = n.mix(0.35, n.where(), n.new("TexNoise", {"Vector": n.where(), "Scale": 1.6, "Detail": 4.0}).outputs[1])
    edge = n.new("TexVoronoi", {"Vector": bend, "Scale": 0.55}, feature="DISTANCE_TO_EDGE").outputs[0]
    crack = n.ramp(edge, 0.0, 0.008, 0.45, 1.0)
    grey = n.math("MULTIPLY", n.math("MULTIPLY", speck, patch), crack)
    pool = n.ramp(n.noise(0.42, 3.0), 0.64 - 0.26 * wet, 0.7 - 0.2 * wet) if wet else 0.0
    col = n.mix(1.0, linear(rgb), grey, "MULTIPLY")
    n.set(Base_Color=n.mix(n.math("MULTIPLY", pool, 0.6), col, linear(darker(rgb, 0.35))))
    n.set(Roughness=n.ramp(pool, 0, 1, 0.82, 0.06) if wet else 0.85)
    if not wet:
        n.bump(speck, 0.35, 0.008)
    return n.mat


def mottled(a, b, scale=4.0, rough=0.9, bump=0.4, low=0.35, high=0.65, translucent=0.0, name="mottled"):
    """Two colours mixed by noise: grass, bark, coats, wood, soil, leaves."""
    n = Nodes(name)
    f = n.noise(scale, 5.0)
    n.set(Base_Color=n.mix(n.ramp(f, low, high), linear(a), linear(b)), Roughness=rough)
    if translucent:
        n.set(Subsurface_Weight=0.0, Transmission_Weight=0.0)
        lit = n.new("BsdfTranslucent", {"Color": n.shader.inputs["Base Color"].links[0].from_socket})
        both = n.new("MixShader", {0: translucent, 1: n.shader.outputs[0], 2: lit.outputs[0]})
        n.put(n.tree.nodes["Material Output"].inputs[0], both.outputs[0])
    elif bump:
        n.bump(f, bump, 0.02)
    return n.mat


def wood(rgb):
    """Planks along x with long grain."""
    n = Nodes("wood")
    at = n.new("Mapping", {0: n.where(), "Scale": (1.5, 30.0, 30.0)}).outputs[0]
    f = n.noise(1.5, 5.0, at)
    n.set(Base_Color=n.mix(n.ramp(f, 0.3, 0.7), linear(darker(rgb, 0.6)), linear(rgb)), Roughness=0.65)
    n.bump(f, 0.3, 0.004)
    return n.mat


def road_paint(rgb=(0.85, 0.85, 0.82)):
    """Worn thermoplastic marking; see-through where the traffic has rubbed it off."""
    n = Nodes("marking")
    keep = n.ramp(n.noise(14.0, 6.0), 0.36, 0.5)
    n.set(Base_Color=linear(rgb), Roughness=0.7, Alpha=n.math("MULTIPLY", keep, 0.9))
    return n.mat
