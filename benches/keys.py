"""How soon the app answers a key while it trains: milliseconds from key to the new screen.

    python3 benches/keys.py target/release/ebcle-tui [KEYS]

Starts the program in a pseudo-terminal of 120x36, launches a training of the quick preset on a CPU,
then changes screens and takes the time until the title of the new screen has arrived. Needs pyte.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import tempfile
import termios
import time

import pyte

SCREENS = {"1": "What information", "2": "How deep may", "3": "Does it hold", "4": "What do I know"}


def main():
    program = os.path.abspath(sys.argv[1])
    keys = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    folder = tempfile.mkdtemp()
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ["TERM"] = "xterm-256color"
        os.execv(program, [program, "--limit", "1500", "--epochs", "40", "--device", "cpu"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    screen = pyte.Screen(120, 36)
    stream = pyte.ByteStream(screen)

    def wait_for(text, seconds):
        """The moment at which the bytes came that completed `text` on the screen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(text in line for line in screen.display):
                return arrived
            ready, _, _ = select.select([terminal], [], [], 0.05)
            if ready:
                data = os.read(terminal, 1 << 16)
                arrived = time.monotonic()
                stream.feed(data)
        raise SystemExit("no '%s' on the screen:\n%s" % (text, "\n".join(screen.display)))

    def press(key):
        os.write(terminal, key.encode())

    arrived = time.monotonic()
    wait_for("channel-sum", 60)
    press("3")
    wait_for(SCREENS["3"], 10)
    press("\x1b[F")
    time.sleep(0.3)
    press("\r")
    wait_for("images/s", 120)
    times = []
    order = ["1", "2", "4", "3"]
    for number in range(keys):
        # Not in step with the program's own ticks.
        end = time.monotonic() + 0.1 + (number * 7919 % 100) / 1000
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.01)[0]:
                stream.feed(os.read(terminal, 1 << 16))
        key = order[number % 4]
        pressed = time.monotonic()
        press(key)
        times.append(1000 * (wait_for(SCREENS[key], 10) - pressed))
    times.sort()
    at = lambda share: times[min(int(share * len(times)), len(times) - 1)]
    print(
        "%d keys while training: median %.1f ms, 95 %% %.1f ms, 99 %% %.1f ms, slowest %.1f ms"
        % (keys, at(0.5), at(0.95), at(0.99), times[-1])
    )
    os.kill(child, 9)


main()
