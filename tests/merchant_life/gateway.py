"""The gateway as a shop's program meets it: a process that can be killed, and a REST API."""

import json
import os
import signal
import subprocess
import time
from decimal import Decimal

import requests

STARTING_S = 60
SETTLING_S = 30
ANSWER_S = 30


class Gateway:
    """A sandbox on a folder of its own. Blocks come only when they are asked for."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.data, self.log = os.path.join(folder, "data"), open(os.path.join(folder, "log"), "ab")
        self.process = None
        self.start()

    def start(self):
        described = os.path.join(self.data, "sandbox.json")
        before = written(described)
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", self.program, "sandbox", "--listen", "127.0.0.1:0", "--block-time", "0",
             "--data-dir", self.data], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        until(STARTING_S, lambda: written(described) != before or self.must_run())
        with open(described, encoding="utf-8") as file:
            self.url = json.load(file)["base_url"]
        self.session = requests.Session()
        self.session.trust_env = False
        until(STARTING_S, self.is_ready)

    def must_run(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the gateway ended with {self.process.returncode}: {self.tail()}")

    def tail(self):
        with open(os.path.join(self.folder, "log"), "rb") as file:
            return file.read()[-4000:].decode("utf-8", "replace")

    def is_ready(self):
        self.must_run()
        try:
            return self.session.get(self.url + "/readyz", timeout=ANSWER_S).status_code == 200
        except requests.RequestException:
            return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self):
        self.kill()
        self.start()

    def make_merchant(self, email):
        """The key pair of a new, approved merchant."""
        made = subprocess.run(
            [self.program, "merchant", "create", email, "--approve", "--json",
             "--data-dir", self.data], capture_output=True, check=False)
        if made.returncode != 0:
            raise AssertionError(f"no merchant could be made: {made.stderr.decode()}")
        keys = json.loads(made.stdout)
        return f"{keys['api_key']}:{keys['api_secret']}"

    def sandbox(self, lever, **body):
        answer = self.session.post(f"{self.url}/sandbox/{lever}", json=body, timeout=ANSWER_S)
        return answer.status_code, exact(answer)


class Shop:
    """A merchant's program."""

    def __init__(self, gateway, keys):
        self.gateway, self.keys = gateway, keys

    def call(self, method, path, body=None, key=None):
        """The status, the JSON, and the answer itself."""
        headers = {"Authorization": f"Bearer {self.keys}", "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = self.gateway.session.request(
            method, f"{self.gateway.url}/api/v1{path}", headers=headers, timeout=ANSWER_S,
            data=None if body is None else json.dumps(body))
        return answer.status_code, exact(answer), answer

    def get(self, path):
        status, said, _ = self.call("GET", path)
        assert status == 200, f"GET {path}: {status} {said}"
        return said


def exact(answer):
    """The JSON with every number as the decimal that was written."""
    return json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)


def written(path):
    try:
        return os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return None


def until(seconds, look):
    """Looks until it is so; what it raises or says last is the reason when it never is."""
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.01)


def settle(look):
    """Looks until `look` no longer finds a difference; the last difference is the failure."""
    end = time.monotonic() + SETTLING_S
    pause = 0.002
    while (difference := look()) is not None:
        if time.monotonic() > end:
            raise AssertionError(difference)
        time.sleep(pause)
        pause = min(pause * 2, 0.1)
