#!/usr/bin/env python3
"""Drives a command that follows a policy's file: watch.py POLICY STEPS COMMAND...

STEPS is a file with a step a line; `#` begins a comment.

  write FILE    puts a copy of FILE, which lies beside STEPS, in the policy's place, by a rename
  start         starts the command
  await TEXT    until the command has said TEXT on standard error, in a line behind that of the last await
  fetch TEXT    prints the lines with TEXT of the page that the command last said it serves
  run WORDS     runs another command, which must succeed
  signal NAME   sends SIGNAME

It all happens beside STEPS. Behind the last step the command must end, within 30 seconds as each await must. Prints what it said on standard
error, then standard output; its exit code is this one's.
"""
import os
import queue
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request

PATIENCE = 30


class Watched:
    def __init__(self, policy, command):
        self.policy, self.command = policy, command
        self.lines = queue.Queue()
        self.page = None

    def write(self, source):
        shutil.copyfile(source, self.policy + ".new")
        os.chmod(self.policy + ".new", 0o600)
        os.rename(self.policy + ".new", self.policy)

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            print(line, end="", flush=True)
            self.page = re.search(r"http://\S+", line) or self.page
            self.lines.put(line)
        self.lines.put(None)

    def wait_for(self, text):
        while True:
            line = self.lines.get(timeout=PATIENCE)
            if line is None:
                raise RuntimeError("the command ended")
            if text in line:
                return

    def fetch(self, text):
        with urllib.request.urlopen(self.page.group(), timeout=PATIENCE) as answer:
            for line in answer.read().decode().splitlines():
                if text in line:
                    print(line + "\n", end="", flush=True)

    def end(self):
        output = self.process.stdout.read()
        self.reader.join(PATIENCE)
        print(output, end="")
        return self.process.wait(PATIENCE)


def main(policy, steps, *command):
    watched = Watched(policy, command)
    os.chdir(os.path.dirname(steps))
    for step in open(steps).read().splitlines():
        verb, _, rest = step.partition(" ")
        try:
            if verb == "write":
                watched.write(rest)
            elif verb == "start":
                watched.start()
            elif verb == "await":
                watched.wait_for(rest)
            elif verb == "fetch":
                watched.fetch(rest)
            elif verb == "run":
                subprocess.run(shlex.split(rest), check=True, timeout=PATIENCE)
            elif verb == "signal":
                watched.process.send_signal(getattr(signal, "SIG" + rest))
            elif verb and verb != "#":
                raise RuntimeError("unknown step")
        except (queue.Empty, RuntimeError, OSError, subprocess.SubprocessError) as error:
            watched.process.kill()
            sys.exit("watch.py: step `%s` failed: %s" % (step, str(error) or "waited too long"))
    sys.exit(watched.end())


main(*sys.argv[1:])
