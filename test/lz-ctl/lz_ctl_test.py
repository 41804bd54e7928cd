#!/usr/bin/env python3
"""Runs lz-ctl against servers that answer rightly, wrongly and not at all. Usage: lz_ctl_test.py LZ_CTL SERVER"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

LZ_CTL, SERVER = sys.argv[1:3]
COMMANDS = ["status", "sites", "kernels", "breakers", "explain", "reload", "rollback", "force-open", "force-close", "reset", "mode"]


class Folder(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="lz-ctl-")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.path = str(self.folder / "a.sock")
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=scratch.name)

    def serve(self, *arguments):
        """Starts a server; returns its socket's path."""
        server = subprocess.Popen([SERVER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment)
        self.addCleanup(server.communicate)
        return server.stdout.readline().rstrip("\n")

    def run_ctl(self, *arguments):
        return subprocess.run([LZ_CTL, *arguments], capture_output=True, text=True, env=self.environment, timeout=60)

    def done(self, *arguments):
        """The output of a command that must succeed."""
        ran = self.run_ctl(*arguments)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout

    def fails(self, code, says, *arguments):
        ran = self.run_ctl(*arguments)
        self.assertEqual((ran.returncode, ran.stdout), (code, ""))
        self.assertIn(says, ran.stderr)
        self.assertTrue(ran.stderr.startswith("lz-ctl: error: "))
        self.assertFalse(ran.stderr.endswith("\n\n"))


class Answers(Folder):
    def ask(self, *arguments):
        return self.done("--socket", self.path, *arguments)

    def setUp(self):
        super().setUp()
        self.assertEqual(self.serve(self.path), self.path)

    def test_status(self):
        lines = self.ask("status").splitlines()
        self.assertRegex(lines[0], r"^process           \d+, LZ \d+\.\d+\.\d+, up 1 h 2 min$")
        self.assertEqual(
            lines[1:],
            [
                "mode              dynamic",
                "policy file       /etc/lz/policy.yaml",
                "config version    1",
                "policy digest     sha256:1111",
                "selection digest  sha256:2222",
                "reload            idle; 0 done, 0 failed, 0 rolled back; the last took 0.5 ms",
                "sites             2",
                "kernels           2",
                "calls             1000, 3 failed",
            ],
        )

    def test_tables_are_aligned(self):
        self.assertEqual(
            self.ask("sites").splitlines(),
            [
                "SITE     OPERATION  MODE     KERNEL     REASON         RULE  CALLS  FAILURES  HITS  MISSES  FIRST",
                "@main#0  rms_norm   dynamic  fast_norm  dispatch_rule     1   1000         3   990       7  yes",
                "@main#1  softmax    static   -          -                 -      0         0     0       0  -",
            ],
        )
        self.assertEqual(
            self.ask("kernels").splitlines(),
            [
                "KERNEL     PRIORITY  LOADED  DENIED  VERSION  LIBRARY               OPERATIONS            ALIASES",
                "fast_norm        80  yes     no      1.2      liblz_kernels_cpu.so  rms_norm, layer_norm  norm_v2",
                "slow_norm        50  no      yes     -        -                     rms_norm              -",
            ],
        )
        self.assertEqual(
            self.ask("breakers").splitlines(),
            [
                "KERNEL     DEVICE  STATE   GENERATION  IN A ROW  FAILURES  RETRY",
                "fast_norm  cpu     open             4         5        12  21.5 s",
                "slow_norm  cuda:0  closed           0         0         0  -",
            ],
        )

    def test_json_is_the_result_on_one_line(self):
        for command in ["status", "sites", "kernels", "breakers"]:
            text = self.ask("--json", command)
            self.assertEqual(text.count("\n"), 1)
            result = json.loads(text)
            self.assertEqual(len(result), 13 if command == "status" else 2)
        self.assertEqual(json.loads(self.ask("explain", "norm.rms", "--json")), {"operation": "rms_norm", "selected_kernel": "fast_norm"})
        self.assertEqual(json.loads(self.ask("reload", "--json")), {"message": "published version 2"})

    def test_explain(self):
        text = "rms_norm: fast_norm, rule 1\npath:\n  rule 1: selected\n"
        self.assertEqual(self.ask("explain", "rms_norm", "--context", "dtype=float32,hidden_size=8", "--mode=static"), text)
        self.assertEqual(self.ask("explain", "@main#0", "--context="), text)
        self.assertEqual(self.ask("explain", "--", "rms_norm"), text)
        self.fails(1, "did you mean `rms_norm`?", "--socket", self.path, "explain", "rms_nrom")
        self.fails(1, "context: ", "--socket", self.path, "explain", "rms_norm", "--context", "hidden_size=big")
        self.fails(1, "unknown mode `statik`", "--socket", self.path, "explain", "rms_norm", "--mode", "statik")

    def test_changes(self):
        self.fails(1, "there is no earlier policy", "--socket", self.path, "rollback")
        self.assertEqual(self.ask("reload"), "published version 2\n")
        self.assertEqual(self.ask("rollback"), "published version 3, the policy of version 1\n")
        self.assertIn("forced_open", self.ask("force-open", "norm_v2", "--device", "cpu"))
        self.assertIn("forced_closed", self.ask("force-close", "fast_norm"))
        self.assertEqual(json.loads(self.ask("--json", "reset", "fast_norm"))[0]["state"], "closed")
        self.fails(1, "no kernel is called `fast`", "--socket", self.path, "force-open", "fast")
        self.assertEqual(self.ask("mode", "static"), "the process runs in mode static\n")
        self.assertEqual(self.ask("mode", "config", "--operation", "norm.*"), "`norm.*` runs in mode config\n")
        self.assertIn("\nmode              static\n", self.ask("status"))
        self.fails(1, "did you mean `dynamic`?", "--socket", self.path, "mode", "dynamik")

    def test_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "w") as full:
            ran = subprocess.run([LZ_CTL, "--socket", self.path, "status"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("cannot write to stdout", ran.stderr)


class Sockets(Folder):
    def test_a_faulty_file_is_told_with_its_place(self):
        self.serve(self.path, "missing.yaml")
        self.fails(1, "missing.yaml:3:1: error: unknown key `moed` [P1]", "--socket", self.path, "reload")

    def test_the_only_live_socket_is_found(self):
        self.fails(1, f"no process listens in `{self.folder}/lz`", "status")
        first = self.serve()
        self.assertEqual(pathlib.Path(first).parent, self.folder / "lz")
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(str(self.folder / "lz" / "1.sock"))
        stale.close()
        self.assertEqual(json.loads(self.done("status", "--json"))["pid"], int(pathlib.Path(first).stem))
        second = self.serve()
        for path in (first, second):
            self.fails(2, f"\n  {path}\n", "status")
            self.assertIn("dynamic", self.done("--socket", path, "status"))

    def test_a_directory_of_others_is_not_trusted(self):
        (self.folder / "lz").mkdir(mode=0o755)
        (self.folder / "lz").chmod(0o755)
        self.fails(1, "others may enter", "status")

    def test_a_socket_that_cannot_be_reached(self):
        self.fails(1, "No such file or directory", "--socket", self.path, "status")
        self.fails(1, "a socket's has at most 107", "--socket", "x" * 200, "status")
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(self.path)
        stale.close()
        self.fails(1, "nobody listens on", "--socket", self.path, "status")

    def test_two_servers_do_not_share_a_path(self):
        self.serve(self.path)
        self.assertIn("a process listens on", self.serve(self.path))

    def answer(self, reply):
        """A server of one connection, which answers with these bytes once a line has come."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.path)
        listener.listen()

        def work():
            client, _ = listener.accept()
            with client, client.makefile("rb") as lines:
                lines.readline()
                if reply is None:
                    lines.read()  # until the client has given up
                else:
                    client.sendall(reply)
            listener.close()
            os.unlink(self.path)

        thread = threading.Thread(target=work)
        thread.start()
        self.addCleanup(thread.join)
        return thread

    def test_answers_of_no_sense_are_failures(self):
        head = b'{"protocol": "lz-ctl/1", "ok": true, "result": '
        nonsense = "is none of the protocol"
        for reply, says in [
            (b"", "closed the connection without an answer"),
            (head, "closed the connection without an answer"),
            (b"\n", nonsense),
            (b"garbage\xff\n", nonsense),
            (b"[]\n", nonsense),
            (head + b"1}\n", nonsense),
            (head + b'{"pid": []}}\n', nonsense),
            (b'{"protocol": "lz-ctl/1", "ok": true}\n', nonsense),
            (b'{"protocol": "lz-ctl/1", "ok": "true"}\n', nonsense),
            (b'{"protocol": "lz-ctl/2", "ok": true, "result": {}}\n', "speaks `lz-ctl/2`, not `lz-ctl/1`"),
            (b'{"protocol": "lz-ctl/1", "ok": false, "error": "a\\u001b[31mb"}\n', "a?[31mb"),
        ]:
            with self.subTest(reply=reply):
                thread = self.answer(reply)
                self.fails(1, says, "--socket", self.path, "status")
                thread.join()

    def test_an_answer_that_does_not_come_is_not_waited_for(self):
        self.answer(None)
        self.fails(1, "no answer within 0.2", "--socket", self.path, "--timeout", "0.2", "status")


class UsageTest(Folder):
    def test_help(self):
        overview = self.done("--help")
        for command in COMMANDS:
            self.assertIn(f"\n  {command}", overview)
            self.assertTrue(self.done(command, "--help").startswith(f"lz-ctl {command}"))
        self.assertEqual(self.done("help"), overview)
        self.assertRegex(self.done("--version"), r"^lz-ctl \d+\.\d+\.\d+, protocol lz-ctl/1\n$")

    def test_wrong_usage(self):
        for says, *arguments in [
            ("a command is missing",),
            ("a command is missing", "--json"),
            ("did you mean `status`?", "statsu"),
            ("expected one of", "frobnicate"),
            ("`status` takes nothing, got `now`", "status", "now"),
            ("`explain` needs an operation or a site", "explain"),
            ("`explain` needs an operation or a site, got an empty word", "explain", ""),
            ("`force-open` needs a kernel", "force-open"),
            ("`reset` takes a kernel, got `b` too", "reset", "a", "b"),
            ("`mode` needs a mode", "mode"),
            ("did you mean `--context`?", "explain", "rms_norm", "--contexts", "x"),
            ("unknown option of reload `--file`", "reload", "--file", "/tmp/policy.yaml"),
            ("unknown option `--device`", "--device", "cpu", "reset", "a"),
            ("`--socket` needs a value", "status", "--socket"),
            ("`--socket` needs a value that is not empty", "--socket=", "status"),
            ("`--json` is given twice", "--json", "status", "--json"),
            ("`--json` takes no value", "--json=yes", "status"),
            ("`--timeout` takes seconds", "--timeout", "0", "status"),
            ("`--timeout` takes seconds", "--timeout", "1s", "status"),
            ("`--timeout` takes seconds", "--timeout", "nan", "status"),
            ("`--version` takes no command", "status", "--version"),
        ]:
            with self.subTest(arguments=arguments):
                self.fails(2, says, *arguments)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
