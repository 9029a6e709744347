"""The program in a pseudo-terminal, for the scripts beside this file. Needs pyte (`pip install pyte`) and Unix."""

import errno
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte


class App:
    """The program in a terminal of its own. What it writes is kept with its time, and parsed only where the screen is asked
    for, so that parsing does not delay what is measured."""

    def __init__(self, program, arguments, folder, size=(120, 36), variables=None):
        self.begun = time.monotonic()
        self.size = size
        self.screen = pyte.Screen(*size)
        self.stream = pyte.ByteStream(self.screen)
        # What was written: seconds since the start, and bytes.
        self.chunks = []
        self.parsed = 0
        # Whether all that it writes is kept, for a recording.
        self.keeps = False
        # The last bytes, whole.
        self.last = b""
        self.status = None
        environment = {
            # A user's settings and runs have no part in this.
            "HOME": folder,
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
            "BROWSER": "true",
            "EBCLE_THEME": "dark",
            "EBCLE_IMAGES": "half-blocks",
            "EBCLE_REMEMBER": "false",
            "EBCLE_START": "false",
            "EBCLE_MEASURE": "false",
            # Nothing is fetched by a key that was pressed at random.
            "https_proxy": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
        }
        environment.update(variables or {})
        program = os.path.abspath(program)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            try:
                # Before the first size is set, it could be asked for.
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
                os.chdir(folder)
                os.execve(program, [program, *arguments], environment)
            finally:
                os._exit(127)

    def seconds(self):
        """Seconds since the start."""
        return time.monotonic() - self.begun

    def read(self, wait):
        """Takes in what the program writes within `wait` seconds; whether there was anything."""
        if self.terminal is None or not select.select([self.terminal], [], [], max(wait, 0))[0]:
            return False
        try:
            data = os.read(self.terminal, 1 << 16)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        if not data:
            # The program has closed its end.
            os.close(self.terminal)
            self.terminal = None
            return False
        self.chunks.append((self.seconds(), data))
        self.last = (self.last + data)[-4096:]
        return True

    def settle(self, seconds):
        """Takes in what the program writes, so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.terminal is None:
                time.sleep(max(end - time.monotonic(), 0))
                return
            self.read(end - time.monotonic())

    def forget(self):
        """Forgets what was not parsed: the screen is not asked for again."""
        self.chunks.clear()
        self.parsed = 0

    def parse_one(self):
        """Parses the next piece of what was written; gives its time, or None where there is no more."""
        if self.parsed >= len(self.chunks):
            return None
        moment, data = self.chunks[self.parsed]
        self.stream.feed(data)
        self.parsed += 1
        if not self.keeps and self.parsed > 1000:
            del self.chunks[: self.parsed]
            self.parsed = 0
        return moment

    def text(self):
        """The rows of the screen, joined by line ends."""
        while self.parse_one() is not None:
            pass
        return "\n".join(self.screen.display)

    def sees(self, *texts, seconds=180):
        """Waits until the screen shows one of `texts`; gives which."""
        end = time.monotonic() + seconds
        while True:
            shown = self.text()
            for text in texts:
                if text in shown:
                    return text
            if self.terminal is None or time.monotonic() > end:
                raise SystemExit("the screen never showed %s:\n%s" % (" or ".join(texts), shown))
            self.read(0.05)

    def loses(self, text, seconds=60):
        """Waits until the screen no longer shows `text`."""
        end = time.monotonic() + seconds
        while text in self.text():
            if time.monotonic() > end:
                raise SystemExit("the screen still shows %s:\n%s" % (text, self.text()))
            self.read(0.05)

    def press(self, keys):
        """Sends keys, as a terminal would."""
        try:
            os.write(self.terminal, keys.encode())
        except (OSError, TypeError):
            # It has ended; whoever reads next sees that.
            pass

    def resize(self, columns, rows):
        """Changes the size of the terminal; the program draws everything anew."""
        self.size = (columns, rows)
        self.forget()
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        if self.terminal is not None:
            size = struct.pack("HHHH", rows, columns, 0, 0)
            fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)

    def runs(self):
        """Whether the program still runs."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is None

    def ends(self, seconds=60):
        """Waits for the end; gives the exit code."""
        end = time.monotonic() + seconds
        while self.runs():
            if time.monotonic() > end:
                raise SystemExit("it does not end:\n" + self.text())
            if not self.read(0.05):
                time.sleep(0.01)
        while self.read(0.2):
            pass
        return self.status

    def is_restored(self):
        """Whether the last that it wrote gave the terminal its own screen and cursor back."""
        at = self.last.rfind(b"\x1b[?1049l")
        return at >= 0 and b"\x1b[?25h" in self.last[at:] and b"\x1b[?1049h" not in self.last[at:]

    def memory(self):
        """Bytes of memory that it holds (Linux), or None."""
        try:
            with open("/proc/%d/status" % self.pid) as status:
                for line in status:
                    if line.startswith("VmRSS:"):
                        return int(line.split()[1]) * 1024
        except OSError:
            pass
        return None

    def kill(self):
        """Ends it at once, if it has not ended."""
        if self.runs():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = -9
