"""How the app behaves in a terminal while it trains: its answers to keys, a list of 10,000 runs, random input.

    python3 benches/app.py all  PROGRAM            # the three below, one after another
    python3 benches/app.py keys PROGRAM            # milliseconds from a key to the frame that shows it, beside a training
    python3 benches/app.py runs PROGRAM            # seconds to list 10,000 runs, and milliseconds for keys in that list
    python3 benches/app.py soak PROGRAM            # random keys, mouse and sizes beside a training, for 30 minutes

`--help` of each has its options. PROGRAM is an optimised build, such as target/debug/ebcle-tui after `cargo build`. The app
trains on the CPU, on as many cores as this process may use (`taskset -c 0,1 python3 …`: on two). Exits with 1 where the app
panicked, did not give the terminal back or broke a run. Needs Linux and pyte (`pip install pyte`).
"""

import argparse
import gc
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from terminal import App

# The screens by their keys, and what stands in their title.
SCREENS = {
    "1": "image entropy and the depth cap",
    "2": "plan the capped network",
    "3": "baseline against capped",
    "4": "past trainings and their results",
    "5": "what many runs say together",
}
# A training that outlasts every measurement here.
TRAINING = "--limit 1500 --epochs 20000 --device cpu".split()
# On the Data screen once the dataset is profiled.
PROFILED = "channel-sum"
SMALL = {"EBCLE_ARCHITECTURE": "resnet-14"}
LONG = "Start a long training?"
# Longest silence within one frame, in seconds.
WITHIN = 0.004


def cores():
    return len(os.sched_getaffinity(0))


def say(text):
    print(text, flush=True)


def figures(times):
    """Times in words: milliseconds."""
    times = sorted(1000 * seconds for seconds in times)
    at = lambda share: times[min(int(share * len(times)), len(times) - 1)]
    return "median %.1f ms, 95 %% %.1f ms, 99 %% %.1f ms, slowest %.1f ms" % (at(0.5), at(0.95), at(0.99), times[-1])


def launch(app):
    """Starts a training on the Train screen."""
    app.sees(PROFILED)
    app.press("3")
    app.sees(SCREENS["3"])
    app.press("s")
    # What takes long is asked about.
    if app.sees("images/s", LONG, seconds=600) == LONG:
        app.press("y")
        app.sees("images/s", seconds=600)


def answer(app, key, shows):
    """Presses a key; seconds until the frame that fulfils `shows` had arrived whole."""
    app.text()
    gc.disable()
    pressed = app.seconds()
    app.press(key)
    app.settle(0.1)
    gc.enable()
    while True:
        moment = app.parse_one()
        if moment is None:
            if app.seconds() - pressed > 60:
                raise SystemExit("no answer to the key %r:\n%s" % (key, app.text()))
            app.read(0.05)
        elif shows(app):
            break
    # The rest of the same frame.
    while app.parsed < len(app.chunks) and app.chunks[app.parsed][0] - moment < WITHIN:
        moment = app.parse_one()
    return moment - pressed


def keys(options):
    """From key to frame, beside a training."""
    with tempfile.TemporaryDirectory() as folder:
        app = App(options.program, TRAINING, folder, options.size, SMALL)
        try:
            launch(app)
            times = []
            order = ["1", "2", "4", "3"]
            for number in range(options.keys):
                # Not in step with the program's own ticks.
                app.settle(0.05 + number * 7919 % 100 / 1000)
                key = order[number % 4]
                title = SCREENS[key]
                times.append(answer(app, key, lambda app: any(title in row for row in app.screen.display[:4])))
            say(
                "%d keys while training, %d x %d, %d cores: %s"
                % (len(times), *options.size, cores(), figures(times))
            )
        finally:
            app.kill()
    return True


def copies(run, out, count):
    """Makes `count` runs of one: folders of their own with links to its files, but for what it trained."""
    files = [entry for entry in os.scandir(run) if entry.is_file()]
    for number in range(count):
        folder = os.path.join(out, "20261124-140203-copy-%d" % number)
        os.mkdir(folder)
        for entry in files:
            os.link(entry.path, os.path.join(folder, entry.name))


def runs(options):
    """The list of many runs."""
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        environment = {**os.environ, "HOME": folder, "EBCLE_MEASURE": "false"}
        for name in ["CACHE", "CONFIG", "STATE", "DATA"]:
            environment.pop("XDG_%s_HOME" % name, None)
        train = "train glyphs resnet-14 --limit 60 --epochs 3 --batch-size 20 --seeds 1..3 --depth 7 --device cpu --quiet"
        arguments = [os.path.abspath(options.program), *train.split(), "--out", "one"]
        subprocess.run(arguments, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        (run,) = os.scandir(os.path.join(folder, "one"))
        out = os.path.join(folder, "runs")
        os.mkdir(out)
        copies(run.path, out, options.count)
        shown = f"{options.count:,} runs"
        for what in ["with nothing kept", "from the kept list", "from the kept list"]:
            app = App(options.program, ["--limit", "60", "--device", "cpu"], folder, options.size)
            try:
                app.sees(PROFILED)
                app.press("4")
                app.sees(SCREENS["4"])
                app.sees(shown, seconds=600)
                say("%s, %s: %.2f s from the start of the program" % (shown, what, app.chunks[app.parsed - 1][0]))
                if what == "with nothing kept":
                    # What it keeps is written behind the list.
                    app.settle(5)
            finally:
                app.press("q")
                app.ends()
        app = App(options.program, ["--limit", "60", "--device", "cpu"], folder, options.size)
        try:
            app.sees(PROFILED)
            app.press("4")
            app.sees(shown, seconds=600)
            app.settle(3)
            for what, pressed in [
                ("moving", ["\x1b[B", "\x1b[B", "\x1b[6~", "\x1b[F", "\x1b[A", "\x1b[5~", "\x1b[H"]),
                ("order and marks", [">", "!", " ", ">", "<", "!", "<"]),
                ("a filter", ["/", "a", "c", "c", ">", "5", "\x1b"]),
            ]:
                times = []
                for number in range(options.keys):
                    app.settle(0.15 + number * 7919 % 100 / 1000)
                    before = app.text()
                    key = pressed[number % len(pressed)]
                    changed = lambda app: "\n".join(app.screen.display) != before
                    times.append(answer(app, key, changed))
                say("%s, %s: %d keys, %s" % (shown, what, len(times), figures(times)))
        finally:
            app.kill()
    return True


# Keys. Those of `ENDING` stop, pause or leave a training, or open the list of actions that can, and those of `SELDOM` the
# program: with `--wild` alone, as clicks on the first and last row are, for else there is no long training whose memory can
# be compared.
OFTEN = ["1", "2", "3", "4", "5", "\t", "\x1b", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~"]
LETTERS = [chr(code) for code in range(32, 127) if chr(code) not in "q"] + ["\r", "\x7f", "\x1b[Z", "\x1b[3~", "é", "漢"]
ENDING = "sqnd ?:"
SELDOM = ["q", "\x03", "\x1a", "\x04", "\x1b[200~some text\x1b[201~", "\x00", "\x1b[99;99R", "\xff"]
SIZES = [(80, 24), (120, 36), (200, 60), (300, 80), (60, 20), (20, 5), (100, 30), (1, 1)]


def random_input(chance, app, wild):
    """Something that a user may do."""
    kind = chance.random()
    if kind < 0.45:
        app.press(chance.choice(OFTEN))
    elif kind < 0.8:
        letter = chance.choice(LETTERS)
        if wild or letter not in ENDING:
            app.press(letter)
    elif kind < 0.97:
        button = chance.choice([0, 0, 0, 32, 35, 64, 65, 2])
        columns, rows = app.size
        column = chance.randint(1, columns)
        row = chance.randint(1, rows) if wild else chance.randint(min(2, rows), max(rows - 1, 2))
        app.press("\x1b[<%d;%d;%d%s" % (button, column, row, chance.choice("Mm")))
    elif kind < 0.99:
        app.resize(*chance.choice(SIZES))
    elif kind < 0.992 and wild:
        app.press(chance.choice(SELDOM))


def panics(folder):
    """What the log says of panics."""
    found = []
    for at, _, names in os.walk(folder):
        for name in names:
            if name == "ebcle-tui.log":
                with open(os.path.join(at, name), errors="replace") as log:
                    found += [line.strip() for line in log if "panicked" in line]
    return found


def slope(points):
    """Least squares: change of y for a unit of x."""
    count = len(points)
    mean_x, mean_y = (sum(point[axis] for point in points) / count for axis in (0, 1))
    over = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / over if over else 0.0


class Soak:
    """Random input until time is up, in as many sessions as it takes."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.chance = random.Random(options.seed)
        self.inputs = 0
        self.trainings = 0
        self.problems = []
        self.begun = time.monotonic()
        self.sessions = 0
        # Minutes since the start and MiB, of each session while it trained one run: of another network they are others.
        self.memory = {}

    def is_over(self):
        return time.monotonic() - self.begun > 60 * self.options.minutes

    def runs_listed(self):
        """What the command line says of the runs."""
        command = [os.path.abspath(self.options.program), "runs", "--json"]
        environment = {**os.environ, "HOME": self.folder}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        return done, json.loads(done.stdout or "[]")

    def trained(self):
        """The run that is trained now and what its training does, as its heartbeat tells; none where there is no training."""
        newest, run = 0.0, None
        for at, _, names in os.walk(os.path.join(self.folder, "runs")):
            if "status.json" in names and ".trash" not in at:
                written = os.stat(os.path.join(at, "status.json")).st_mtime
                if written > newest:
                    newest, run = written, at
        if time.time() - newest > 40:
            return None, None
        try:
            with open(os.path.join(run, "status.json")) as status:
                return os.path.basename(run), json.load(status)["phase"]
        except OSError:
            # It is being replaced or removed.
            return None, "training"

    def train(self, app, paused):
        """Has it train, wherever random keys have led."""
        app.resize(120, 36)
        for _ in range(4):
            app.press("\x1b")
            app.settle(0.3)
        app.press("3")
        app.settle(1)
        if paused:
            app.press(" ")
        else:
            # From what is over back to the settings; what takes long is asked about.
            for key in "nsy":
                app.press(key)
                app.settle(1)
            self.trainings += 1

    def session(self):
        app = App(self.options.program, TRAINING, self.folder, variables=SMALL)
        self.sessions += 1
        try:
            app.sees(PROFILED)
            looked = 0.0
            while not self.is_over() and app.runs():
                random_input(self.chance, app, self.options.wild)
                self.inputs += 1
                app.settle(self.chance.expovariate(self.options.rate))
                app.forget()
                if app.seconds() - looked > 10:
                    looked = app.seconds()
                    held, (run, phase) = app.memory(), self.trained()
                    if phase in (None, "paused"):
                        self.train(app, phase == "paused")
                    elif run and held is not None:
                        minutes = (time.monotonic() - self.begun) / 60
                        self.memory.setdefault((self.sessions, run), []).append((minutes, held / 2**20))
            if app.runs():
                os.kill(app.pid, signal.SIGTERM)
            code = app.ends()
            if code not in (0, 130):
                self.problems.append("it ended with exit code %s: %r" % (code, app.last[-1500:]))
            if not app.is_restored():
                self.problems.append("the terminal was not given back: %r" % app.last[-300:])
        finally:
            app.kill()

    def report(self):
        listed, found = self.runs_listed()
        broken = listed.stderr.strip()
        self.problems += panics(self.folder)
        if listed.returncode != 0 or broken:
            self.problems.append("runs: " + broken)
        say(
            "%.1f minutes, %d inputs, %d sessions, %d trainings started, %d runs, %d cores"
            % (
                (time.monotonic() - self.begun) / 60,
                self.inputs,
                self.sessions,
                self.trainings,
                len(found),
                cores(),
            )
        )
        for (session, run), memory in self.memory.items():
            # What the first minutes bring is no growth: threads, and the allocator's pages.
            if len(memory) < 24:
                continue
            memory = memory[12:]
            say(
                "session %d, %s, %.1f minutes: memory %.0f MiB at the start, %.0f at the end, most %.0f; slope %+.2f MiB a minute"
                % (
                    session,
                    run,
                    memory[-1][0] - memory[0][0],
                    memory[0][1],
                    memory[-1][1],
                    max(held for _, held in memory),
                    slope(memory),
                )
            )
        for problem in self.problems:
            say("PROBLEM: " + problem)
        if not self.problems:
            say("no panic, the terminal was always given back, every run can be read")
        return not self.problems


def soak(options):
    """Random input beside a training."""
    folder = tempfile.mkdtemp(dir=options.folder)
    test = Soak(options, folder)
    while not test.is_over() and len(test.problems) < 5:
        test.session()
    good = test.report()
    if good:
        shutil.rmtree(folder)
    else:
        say("its folder is kept: " + folder)
    return good


def size(text):
    columns, rows = text.split("x")
    return int(columns), int(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["all", "keys", "runs", "soak"])
    parser.add_argument("program")
    parser.add_argument("--keys", type=int, default=200, help="keys that are pressed, of each kind")
    parser.add_argument("--size", type=size, default=(120, 36), help="columns x rows of the terminal (keys, runs)")
    parser.add_argument("--count", type=int, default=10_000, help="runs in the folder (runs)")
    parser.add_argument("--minutes", type=float, default=30, help="how long (soak)")
    parser.add_argument("--rate", type=float, default=20, help="inputs a second (soak)")
    parser.add_argument("--wild", action="store_true", help="also keys that stop trainings and the program (soak)")
    parser.add_argument("--seed", type=int, default=1, help="of the random input (soak)")
    parser.add_argument("--folder", help="folder in which runs are made and removed again, if not that of the system")
    options = parser.parse_args()
    all_of_them = [keys, runs, soak]
    chosen = [part for part in all_of_them if options.what in ("all", part.__name__)]
    results = [part(options) for part in chosen]
    sys.exit(0 if all(results) else 1)


main()
