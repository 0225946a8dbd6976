"""A Lambda executor for LocalStack that starts each execution environment as a Node process of this machine.

LocalStack chooses it by `LAMBDA_RUNTIME_EXECUTOR=node`; the default executor starts a container each. Only functions in
Node.js that are zip files run; anything else is refused by name. There is no isolation: a function can do what LocalStack can.
"""

import json
import logging
import os
import subprocess
import threading
from concurrent.futures import Future
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import ExecutorEndpoint
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException, RuntimeExecutor
from localstack.utils.net import get_free_tcp_port

LOG = logging.getLogger(__name__)

HOST = "127.0.0.1"
RUNTIME = Path(__file__).parent / "runtime.mjs"
# The part of a process's output that is kept for whoever asks for the logs of an environment.
LOG_LINES_KEPT = 1000


def _is_timeout(payload: bytes) -> bool:
    return json.loads(payload).get("errorType") == "Sandbox.Timedout"


class NodeRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    name = "node"

    def load(self, *args, **kwargs):
        return NodeRuntimeExecutor


class NodeRuntimeExecutor(RuntimeExecutor):
    """One execution environment: a process that serves one invocation at a time.

    When the process ends, the next invocation starts another.
    """

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self.executor_endpoint = ExecutorEndpoint(
            id, container_address=HOST, container_port=get_free_tcp_port()
        )
        self.env_vars: dict[str, str] = {}
        self.process: subprocess.Popen | None = None
        self.watcher: threading.Thread | None = None
        self.stopped = threading.Event()
        self.lines: list[str] = []

    def start(self, env_vars: dict[str, str]) -> None:
        self.env_vars = env_vars
        self.executor_endpoint.start()
        self._spawn()

    def _spawn(self) -> None:
        """Starts a process and waits until it takes invocations."""
        task_root = str(self.function_version.config.code.get_unzipped_code_location())
        env = {
            "PATH": os.environ.get("PATH", ""),
            **{name: str(value) for name, value in self.env_vars.items()},
            "LAMBDA_TASK_ROOT": task_root,
            # ICU has no zone with this POSIX name.
            "TZ": "UTC",
            "HEADWATERS_INVOKE_PORT": str(self.executor_endpoint.container_port),
        }
        memory_mb = self.function_version.config.memory_size
        self.process = subprocess.Popen(
            [os.environ.get("HEADWATERS_NODE", "node"), f"--max-old-space-size={memory_mb}", str(RUNTIME)],
            cwd=task_root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.watcher = threading.Thread(target=self._watch, args=(self.process,), daemon=True)
        self.watcher.start()
        self.executor_endpoint.wait_for_startup()

    def _watch(self, process: subprocess.Popen) -> None:
        """Keeps what the process writes; when it ends unasked, fails what it was doing."""
        for line in process.stdout:
            self.lines = [*self.lines[-LOG_LINES_KEPT:], line]
        code = process.wait()
        if self.stopped.is_set():
            return
        LOG.warning("The process of %s ended with %s", self.function_version.qualified_arn, code)
        endpoint = self.executor_endpoint
        payload = json.dumps(
            {"errorType": "Runtime.ExitError", "errorMessage": f"Runtime exited with error: exit status {code}"}
        ).encode()
        if endpoint.startup_future and not endpoint.startup_future.done():
            endpoint.startup_future.set_exception(LambdaRuntimeException("".join(self.lines)))
            return
        pending = endpoint.invocation_future
        if pending and not pending.done():
            pending.set_result(InvocationResult(self.id, payload, is_error=True, logs=endpoint.logs))

    def stop(self) -> None:
        self.stopped.set()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.executor_endpoint.shutdown()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Never sends an invocation to a process that is about to end."""
        if self.process.poll() is not None:
            # Its watcher must not take the next invocation for the one that the process left behind.
            self.watcher.join()
            self.executor_endpoint.startup_future = Future()
            self._spawn()
        result = self.executor_endpoint.invoke(payload)
        if result.is_error and _is_timeout(result.payload):
            # The runtime ends with an invocation that is late, after it has answered.
            self.watcher.join()
        return result

    def get_address(self) -> str:
        return HOST

    def get_endpoint_from_executor(self) -> str:
        return HOST

    def get_runtime_endpoint(self) -> str:
        port = config.GATEWAY_LISTEN[0].port
        return f"http://{HOST}:{port}{self.executor_endpoint.get_endpoint_prefix()}"

    def get_logs(self) -> str:
        return "".join(self.lines)

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        runtime = function_version.config.runtime or "a container image"
        if not runtime.startswith("nodejs"):
            raise LambdaRuntimeException(
                f"{function_version.qualified_arn} runs on {runtime}; this executor only runs nodejs"
            )
        if function_version.config.layers:
            raise LambdaRuntimeException(f"{function_version.qualified_arn} has layers, which this executor lacks")
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """The code is LocalStack's to remove."""
