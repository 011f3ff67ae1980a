#!/usr/bin/env python3
"""Writes matchers/data/glyphs.txt: which Chinese characters look alike, by measurement.

How to run (a development tool; neither build nor tests need it):

    apt install fonts-noto-cjk python3-venv
    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install pillow numpy scipy
    /tmp/venv/bin/python scripts/glyph-similarity.py > matchers/data/glyphs.txt

The fonts drawn from are Noto Sans CJK SC and Noto Serif CJK SC (SIL Open Font License 1.1);
only measurements of their images enter the output, no outline does.

What is measured. Each character of GB 2312, and some more that given names use, is drawn in
48 x 48 pixels in both fonts, blurred (sigma 1 and 2), reduced to 24 x 24, and less the mean
image of all characters. The likeness of two characters is the cosine of two such images,
averaged over fonts and blurs: of the whole cell, of its right part, of its lower part; and of
one character squeezed into the right part of a cell with the right part of the other (a
dropped radical). Strict thresholds on those, chosen by eye on samples, give the pairs; each
pair has to be among the best few of its characters.

Each line of the output is a character followed by those above it in code point order that
look like it.
"""
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter, zoom

FONTS = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
]
SIMPLIFIED_CHINESE = 2  # the face's number in both collections
MORE_NAME_CHARACTERS = (
    "玥珺琬瑄堃喆翀昉晔烨赟珏玘玙珩珈琦璟珝琰玹璇玟珂垚淼犇骉羴鑫森焱燚晗昕昀晞暄晟旻昇旸曦甯仝亓妍姝婼媛嫄婳婧婷娅姗"
    "姣嫚嬿嫣嬅茜菡萱蓁芃茁芊芮苡荟蕙蘅藜薇彧彤翊翎翙翾怡悦恺愔慜淇淏泓沣沄泠泽洺浠涵湉湲滢漪澍瀚瀛炜炅炫烁焜煜煊熠燊"
    "祎禛禧秣穆竣筠箐珣珵琛琨琮琳瑀瑶璐璞瓒"
)
CELL, DRAWN = 48, 44
KEPT_BEST, KEPT_MUTUAL = 7, 13


def characters():
    found = set(MORE_NAME_CHARACTERS)
    for row in range(0xB0, 0xF8):
        for column in range(0xA1, 0xFF):
            try:
                found.add(bytes([row, column]).decode("gb2312"))
            except UnicodeDecodeError:
                pass
    # Components and strokes are characters of GB 2312 that no name holds.
    return sorted(found - set("丨丿丶亅亠冂冖冫凵刂勹匚卩厶囗彳忄扌攵攴夂夊宀屮巛廴彐彡氵灬爿犭疒癶礻禸纟罒耒艹虍衤讠豸辶釒钅阝饣髟亻匸尢廾弋"))


def images(font, text):
    cells = np.zeros((len(text), CELL, CELL), np.float32)
    for i, character in enumerate(text):
        image = Image.new("L", (CELL, CELL), 0)
        ImageDraw.Draw(image).text((CELL // 2, CELL // 2), character, font=font, fill=255, anchor="mm")
        cells[i] = np.asarray(image, np.float32) / 255
    return cells


def squeezed_right(cells):
    out = np.zeros_like(cells)
    for i, cell in enumerate(cells):
        out[i, :, 19:47] = zoom(cell[:, 2:46], (1, 28 / 44), order=1)[:, :28]
    return out


def reduced(cells, sigma):
    blurred = gaussian_filter(cells, (0, sigma, sigma))
    return blurred.reshape(len(cells), 24, 2, 24, 2).mean((2, 4))


def unit_vectors(cells, mean=None):
    flat = cells.reshape(len(cells), -1)
    flat = flat - flat.mean(1, keepdims=True)
    mean = flat.mean(0) if mean is None else mean
    flat = flat - mean
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-3), mean


def likeness(text):
    right, lower = np.s_[:, 1:-1, 10:-1], np.s_[:, 9:-1, 1:-1]
    total = {"whole": 0, "right": 0, "lower": 0, "squeezed": 0}
    for path in FONTS:
        cells = images(ImageFont.truetype(path, DRAWN, index=SIMPLIFIED_CHINESE), text)
        narrow = squeezed_right(cells)
        for sigma in (1.0, 2.0):
            small = reduced(cells, sigma)
            for name, region in (("whole", np.s_[:, :, :]), ("right", right), ("lower", lower)):
                vectors, _ = unit_vectors(small[region])
                total[name] = total[name] + vectors @ vectors.T / 4
            vectors, mean = unit_vectors(small[right])
            parts, _ = unit_vectors(reduced(narrow, sigma)[right], mean)
            total["squeezed"] = total["squeezed"] + vectors @ parts.T / 4
    total["squeezed"] = np.maximum(total["squeezed"], total["squeezed"].T)
    return total


def main():
    text = characters()
    of = likeness(text)
    whole, right, lower, squeezed = (of[name] for name in ("whole", "right", "lower", "squeezed"))
    for matrix in of.values():
        np.fill_diagonal(matrix, -1)
    rank = np.argsort(np.argsort(-whole, axis=1), axis=1)
    mutual = np.maximum(rank, rank.T)
    score = np.maximum.reduce([
        np.where(whole >= 0.63, whole + 0.1, 0),
        np.where((whole >= 0.5) & (mutual < 9), whole + 0.1, 0),
        np.where((right >= 0.84) & (whole >= 0.42), (right + whole) / 2, 0),
        np.where((right >= 0.70) & (whole >= 0.52), (right + whole) / 2, 0),
        np.where((lower >= 0.80) & (whole >= 0.52), (lower + whole) / 2, 0),
        np.where(squeezed >= 0.70, squeezed - 0.1, 0),
    ])
    order = np.argsort(np.argsort(-score, axis=1, kind="stable"), axis=1, kind="stable")
    best, worst = np.minimum(order, order.T), np.maximum(order, order.T)
    kept = (score > 0) & ((best < KEPT_BEST) & (worst < 3 * KEPT_BEST) | (worst < KEPT_MUTUAL))
    pairs = 0
    for i, character in enumerate(text):
        above = [text[j] for j in range(i + 1, len(text)) if kept[i, j]]
        pairs += len(above)
        if above:
            print(character + "".join(above))
    print(f"{len(text)} characters, {pairs} pairs", file=sys.stderr)


if __name__ == "__main__":
    main()
