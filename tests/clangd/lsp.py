"""A small client of the Language Server Protocol, over a server's standard input and output."""

import json
import pathlib
import queue
import subprocess
import threading


class Server:
    """One language server. `wait` takes messages in their order and has a deadline; nothing sleeps."""

    def __init__(self, command, root, deadline=60, environment=None):
        self.deadline = deadline
        self.errors = []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root,
                                        env=environment)
        self.messages = queue.Queue()
        self.serial = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.error_reader = threading.Thread(target=self._read_errors, daemon=True)
        self.error_reader.start()
        self.capabilities = self.request("initialize", {
            "processId": None, "rootUri": pathlib.Path(root).as_uri(),
            "capabilities": {"textDocument": {
                "publishDiagnostics": {"relatedInformation": True, "codeDescriptionSupport": True, "codeActionsInline": False},
                "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}}}})
        self.notify("initialized", {})

    def _read(self):
        out = self.process.stdout
        while True:
            length = None
            while (line := out.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length is None:
                self.messages.put(None)
                return
            self.messages.put(json.loads(out.read(length)))

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line.decode(errors="replace"))

    def errors_read(self):
        """Waits until all that an ended server wrote to its log is in `errors`."""
        self.error_reader.join(timeout=self.deadline)

    def _send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def notify(self, method, parameters):
        self._send({"method": method, "params": parameters})

    def wait(self, fits):
        """The first message from now on for which `fits` is true."""
        while True:
            try:
                message = self.messages.get(timeout=self.deadline)
            except queue.Empty:
                raise AssertionError("the server is silent; it wrote:\n" + "".join(self.errors[-40:])) from None
            if message is None:
                raise AssertionError("the server ended; it wrote:\n" + "".join(self.errors[-40:]))
            if fits(message):
                return message

    def request(self, method, parameters):
        self.serial += 1
        serial = self.serial
        self._send({"id": serial, "method": method, "params": parameters})
        answer = self.wait(lambda message: message.get("id") == serial and "method" not in message)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def diagnostics(self, path, version):
        """What the server says of that version of the file."""
        uri = pathlib.Path(path).as_uri()
        return self.wait(lambda message: message.get("method") == "textDocument/publishDiagnostics"
                         and message["params"]["uri"] == uri and message["params"].get("version") == version)["params"]["diagnostics"]

    def stop(self):
        """Ends it as an editor does; its exit status."""
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.process.wait(timeout=self.deadline)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()
