"""A small Kubernetes API of ours over HTTP: held, field by field, to the recorded answers of a real one."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct, field

from tests import kube_checks
from tests import kube_state as kube
from tests.kube_state import KINDS, Kind, No, Object, State

ADMIN = "admin-token"
_VERSION = {
    "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35", "gitVersion": "v1.36.2", "gitCommit": "0000000", "gitTreeState": "clean",
    "buildDate": "2026-08-21T00:00:00Z", "goVersion": "go1.27.3", "compiler": "gc", "platform": "linux/amd64",
}  # fmt: skip
_INFO = [
    "machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "kubeletVersion",
    "kubeProxyVersion", "operatingSystem", "architecture",
]  # fmt: skip
_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


class Server(Struct):
    """A cluster on loopback, and the ways to break it."""

    url: str
    state: State
    tokens: dict[str, str]
    """User by bearer token."""
    hanging: set[str] = field(default_factory=set)
    """Parts of `METHOD path` that get no answer."""
    dropped: set[str] = field(default_factory=set)
    """Parts of `METHOD path` whose connection breaks once the request was carried out."""
    failing: dict[str, int | No] = field(default_factory=dict)
    """Parts of `METHOD path` that are answered with a code, or refused."""
    first: Callable[[str], None] = lambda _: None
    """Called with `METHOD path` before the request is carried out."""
    asked: list[str] = field(default_factory=list)
    """`METHOD path?query` of each request."""
    released: threading.Event = field(default_factory=threading.Event)
    authority: Path | None = None
    older: dict[str, str] = field(default_factory=dict)
    """Version by plural, of kinds that an older cluster serves in another one."""

    def version(self, kind: Kind) -> str:
        return self.older.get(kind.name, kind.version)

    def kubeconfig(self, path: Path, *, token: str = ADMIN, context: str = "test", namespace: str = "shop") -> Path:
        authority = self.authority
        return write_kubeconfig(path, self.url, token, context=context, namespace=namespace, authority=authority)

    def deploy(self, wanted: kube.Deployed, namespace: str = "shop") -> Object:
        return self.state.create(KINDS["apps", "deployments"], namespace, kube.deployment(wanted))

    def pods(self, namespace: str = "shop", app: str = "") -> list[Object]:
        found = self.state.all(KINDS["", "pods"], namespace)
        return [each for each in found if not app or each["metadata"]["labels"].get("app") == app]


def write_kubeconfig(
    path: Path, url: str, token: str, *, context: str, namespace: str, authority: Path | None = None
) -> Path:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
    }
    lines = [f"{key}: {value}" for key, value in config.items()]
    lines += [f"current-context: {context}", "clusters:", "- cluster:", f"    server: {url}"]
    lines += [f"    certificate-authority: {authority}"] if authority else []
    lines += ["  name: one"]
    lines += ["contexts:", "- context:", "    cluster: one", f"    namespace: {namespace}", "    user: me"]
    lines += [f"  name: {context}", "users:", "- name: me", "  user:", f"    token: {token}", ""]
    path.write_text("\n".join(lines), "utf-8")
    path.chmod(0o600)
    return path


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for loopback that vouches for itself, and its key."""
    made, key = folder / "tls.crt", folder / "tls.key"
    options = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        ["openssl", *options.split(), "-keyout", key, "-out", made], check=True, capture_output=True, timeout=180
    )
    return made, key


@contextmanager
def server(tls: tuple[Path, Path] | None = None) -> Iterator[Server]:
    """Run a cluster with two nodes and the namespace `shop`."""
    state = State()
    for name in ("fake-0", "fake-1"):
        state.create(KINDS["", "nodes"], "", node(name))
    for name in ("default", "kube-system", "shop"):
        state.create(
            KINDS["", "namespaces"], "", {"metadata": {"name": name}, "spec": {}, "status": {"phase": "Active"}}
        )
    http = _Http(("127.0.0.1", 0), _Handler)
    scheme = "http"
    if tls is not None:
        scheme, context = "https", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        http.socket = context.wrap_socket(http.socket, server_side=True, do_handshake_on_connect=False)
    running = Server(f"{scheme}://127.0.0.1:{http.server_address[1]}", state, {ADMIN: "admin"})
    running.authority = tls[0] if tls else None
    http.running = running
    over = threading.Event()

    def tick() -> None:
        while not over.wait(0.1):
            state.reconcile()

    threads = [threading.Thread(target=each, daemon=True) for each in (lambda: http.serve_forever(0.05), tick)]
    for thread in threads:
        thread.start()
    try:
        yield running
    finally:
        over.set()
        running.released.set()
        with state.changed:
            state.changed.notify_all()
        http.shutdown()
        http.server_close()


def node(name: str, *, ready: bool = True) -> Object:
    """Return a node as the kubelet reports it."""
    at = kube.now()
    reasons = {
        "MemoryPressure": "KubeletHasSufficientMemory",
        "DiskPressure": "KubeletHasNoDiskPressure",
        "PIDPressure": "KubeletHasSufficientPID",
    }
    conditions = [("Ready", "True" if ready else "Unknown", "KubeletReady" if ready else "NodeStatusUnknown")]
    conditions += [(kind, "False" if ready else "Unknown", why) for kind, why in reasons.items()]
    sizes = {"cpu": "16", "memory": "64Gi", "pods": "250"}
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}},
        "spec": {},
        "status": {
            "capacity": sizes,
            "allocatable": sizes,
            "phase": "Running",
            "conditions": [
                {"type": kind, "status": status, "lastHeartbeatTime": at, "lastTransitionTime": at, "reason": why}
                for kind, status, why in conditions
            ],
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": name}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": dict.fromkeys(_INFO, "x"),
        },
    }


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    running: Server

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the tests."""


class _Asked(Struct):
    """What a path means."""

    kind: Kind
    namespace: str
    name: str
    sub: str


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    @property
    def _state(self) -> State:
        return self.server.running.state

    def _answer(self, method: str) -> None:
        running = self.server.running
        line = f"{method} {self.path}"
        running.asked.append(line)
        running.first(line)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if any(part in line for part in running.hanging):
            running.released.wait(60)
            self.close_connection = True
            return
        if fails := next((fails for part, fails in running.failing.items() if part in line), None):
            no = fails if isinstance(fails, No) else No(fails, "InternalError", "etcdserver: request timed out")
            self._send(int(str(no.status["code"])), no.status)
            return
        try:
            found = self._found(method, raw)
        except No as no:
            self._send(int(str(no.status["code"])), no.status, no.plain)
            return
        except (BrokenPipeError, ConnectionResetError):
            return
        if any(part in line for part in running.dropped):
            self.close_connection = True
            with suppress(OSError):
                self.connection.close()
        elif found is not None:
            self._send(201 if method == "POST" else 200, found)

    def _send(self, code: int, body: Any, plain: str = "") -> None:
        raw = plain.encode() or json.dumps(body).encode()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(code)
            self.send_header("Content-Type", "text/plain; charset=utf-8" if plain else "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    # --- who may what -------------------------------------------------------------------------

    def _user(self) -> str:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        user = self.server.running.tokens.get(token)
        if user is None:
            raise No(401, "Unauthorized", "Unauthorized")
        return user

    def _may(self, user: str, verb: str, group: str, resource: str, namespace: str) -> bool:
        if user == "admin":
            return True
        rules: list[Object] = []
        rbac = "rbac.authorization.k8s.io"
        bound = [(each, "") for each in self._state.all(KINDS[rbac, "clusterrolebindings"], "")]
        if namespace:
            bound += [(each, namespace) for each in self._state.all(KINDS[rbac, "rolebindings"], namespace)]
        for binding, space in bound:
            names = {
                f"system:serviceaccount:{s['namespace']}:{s['name']}" if s["kind"] == "ServiceAccount" else s["name"]
                for s in binding.get("subjects") or ()
            }
            if user not in names:
                continue
            role = binding["roleRef"]
            kind = KINDS[rbac, "clusterroles" if role["kind"] == "ClusterRole" else "roles"]
            with suppress(No):
                found = self._state.get(kind, space if role["kind"] == "Role" else "", role["name"])
                rules += found.get("rules") or []
        return any(
            any(one in rule["verbs"] for one in (verb, "*"))
            and any(one in rule["apiGroups"] for one in (group, "*"))
            and any(one in rule["resources"] for one in (resource, "*"))
            for rule in rules
        )

    def _require(self, asked: _Asked, method: str, query: Mapping[str, str]) -> None:
        verb = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}.get(method, "get")
        if method == "GET" and not asked.name:
            verb = "watch" if query.get("watch") else "list"
        self._allowed(asked, verb)
        if asked.sub == "exec":  # since 1.35, beside the `get` that a web socket begins with
            self._allowed(asked, "create")

    def _allowed(self, asked: _Asked, verb: str) -> None:
        user = self._user()
        resource = f"{asked.kind.name}/{asked.sub}" if asked.sub else asked.kind.name
        if not self._may(user, verb, asked.kind.group, resource, asked.namespace):
            shown = f'{resource} "{asked.name}" is' if asked.name else f"{resource} is"
            place = f' in the namespace "{asked.namespace}"' if asked.namespace else " at the cluster scope"
            said = f'User "{user}" cannot {verb} resource "{resource}" in API group "{asked.kind.group}"{place}'
            details: dict[str, Any] = {"name": asked.name} if asked.name else {}
            details |= {"group": asked.kind.group} if asked.kind.group else {}
            raise No(403, "Forbidden", f"{shown} forbidden: {said}", **details, kind=asked.kind.name)

    # --- what was asked -----------------------------------------------------------------------

    def _found(self, method: str, raw: bytes) -> Any:
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        path = parts.path.strip("/").split("/")
        user = self._user()
        if raw and "json" not in (self.headers.get("Content-Type") or ""):
            raise No(415, "UnsupportedMediaType", "the body of the request was in an unknown format")
        body: Any = json.loads(raw) if raw else None
        if fixed := _discovery(path, self.server.running):
            return fixed
        if path[-1] == "selfsubjectaccessreviews":
            return self._reviewed(user, body)
        asked = _meant(path, self.server.running)
        self._require(asked, method, query)
        if asked.sub:
            return self._part(asked, method, body, query, parts.query)
        match method:
            case "GET" if not asked.name:
                return self._watched(asked, query) if query.get("watch") else self._listed(asked, query)
            case "GET":
                item = self._state.get(asked.kind, asked.namespace, asked.name)
                return self._shown(asked.kind, [item], query, one=True)
            case "POST":
                return self._state.create(asked.kind, asked.namespace, body)
            case "PUT":
                return self._state.replace(asked.kind, body)
            case "PATCH":
                return self._patched(asked, body)
            case _:
                return self._state.delete(asked.kind, asked.namespace, asked.name)

    def _reviewed(self, user: str, body: Object) -> Object:
        given = body["spec"].get("resourceAttributes") or {}
        resource = given.get("resource", "") + (f"/{given['subresource']}" if given.get("subresource") else "")
        allowed = self._may(user, given.get("verb", ""), given.get("group", ""), resource, given.get("namespace", ""))
        return {**body, "metadata": {}, "status": {"allowed": allowed}}

    def _patched(self, asked: _Asked, body: Any) -> Object:
        with self._state.lock:
            item = self._state.get(asked.kind, asked.namespace, asked.name)
            match (self.headers.get("Content-Type") or "").partition(";")[0]:
                case "application/strategic-merge-patch+json" if asked.kind.group != "cert-manager.io":
                    item = kube.merged(item, body, strategic=True)
                case "application/merge-patch+json":
                    item = kube.merged(item, body, strategic=False)
                case "application/json-patch+json":
                    item = kube.operated(item, body)
                case other:
                    said = f"the body of the request was in an unknown format - {other}"
                    raise No(415, "UnsupportedMediaType", said)
            return self._state.replace(asked.kind, item)

    # --- lists, tables, watches ---------------------------------------------------------------

    def _selected(self, asked: _Asked, query: Mapping[str, str]) -> list[Object]:
        if query.get("fieldSelector"):
            kube.matches_fields(query["fieldSelector"], {})  # refused, whatever there is

        def holds(item: Object) -> bool:
            labels = item["metadata"].get("labels") or {}
            return (not query.get("labelSelector") or kube.selects(query["labelSelector"], labels)) and (
                not query.get("fieldSelector") or kube.matches_fields(query["fieldSelector"], item)
            )

        return self._state.all(asked.kind, asked.namespace, holds)

    def _listed(self, asked: _Asked, query: Mapping[str, str]) -> Object:
        found = self._selected(asked, query)
        begin, limit = int(query.get("continue") or 0), int(query.get("limit") or 0)
        meta: Object = {"resourceVersion": str(self._state.version)}
        if limit and begin + limit < len(found):
            meta |= {"continue": str(begin + limit), "remainingItemCount": len(found) - begin - limit}
        found = found[begin : begin + limit] if limit else found
        return self._shown(asked.kind, found, query, meta)

    def _shown(
        self,
        kind: Kind,
        items: list[Object],
        query: Mapping[str, str],
        meta: Object | None = None,
        *,
        one: bool = False,
    ) -> Object:
        if "as=Table" in (self.headers.get("Accept") or ""):
            version = items[0]["metadata"]["resourceVersion"] if one else ""
            return _table(kind, items, meta or {"resourceVersion": version}, query.get("includeObject", "Metadata"))
        if one:
            return items[0]
        bare = [{key: value for key, value in each.items() if key not in ("kind", "apiVersion")} for each in items]
        return {"kind": f"{kind.kind}List", "apiVersion": kind.api, "metadata": meta or {}, "items": bare}

    def _watched(self, asked: _Asked, query: Mapping[str, str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        seen = int(query.get("resourceVersion") or 0)
        if 0 < seen < self._state.compacted:
            gone = No(410, "Expired", f"too old resource version: {seen} ({self._state.compacted})")
            self._chunk(json.dumps({"type": "ERROR", "object": gone.status}).encode() + b"\n")
            self._chunk(b"")
            return
        end = time.monotonic() + int(query.get("timeoutSeconds") or 60)
        running = self.server.running
        while time.monotonic() < end and not running.released.is_set():
            with self._state.changed:
                self._state.changed.wait(0.1)
                fresh = [each for each in self._state.history if each[0] > seen]
            for version, what, kind, item in fresh:
                seen = version
                if kind != asked.kind or (asked.namespace and item["metadata"].get("namespace") != asked.namespace):
                    continue
                fits = not query.get("labelSelector") or kube.selects(
                    query["labelSelector"], item["metadata"].get("labels") or {}
                )
                if fits and (not query.get("fieldSelector") or kube.matches_fields(query["fieldSelector"], item)):
                    self._chunk(json.dumps({"type": what, "object": item}).encode() + b"\n")
        self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    # --- parts of objects ---------------------------------------------------------------------

    def _part(self, asked: _Asked, method: str, body: Any, query: Mapping[str, str], raw: str) -> Any:
        match asked.sub:
            case "log":
                return self._log(asked, query)
            case "exec":
                self._exec(asked, parse_qs(raw)["command"], query.get("container", ""))
                return None
            case "scale":
                return self._scale(asked, method, body)
            case "status" if method == "PUT":
                return self._state.replace(asked.kind, body, status=True)
            case "token":
                token = f"token-of-{asked.namespace}-{asked.name}"
                self.server.running.tokens[token] = f"system:serviceaccount:{asked.namespace}:{asked.name}"
                return {**body, "kind": "TokenRequest", "status": {"token": token}}
            case _:
                return self._state.get(asked.kind, asked.namespace, asked.name)

    def _log(self, asked: _Asked, query: Mapping[str, str]) -> None:
        pod = self._state.get(asked.kind, asked.namespace, asked.name)
        names = [each["name"] for each in pod["spec"]["containers"]]
        container = query.get("container") or names[0]
        if container not in names:
            raise No(400, "BadRequest", f"container {container} is not valid for pod {asked.name}")
        status = next(each for each in pod["status"]["containerStatuses"] if each["name"] == container)
        if query.get("previous") == "true" and not status["restartCount"]:
            said = f'previous terminated container "{container}" in pod "{asked.name}" not found'
            raise No(400, "BadRequest", said)
        waiting = (status["state"].get("waiting") or {}).get("reason")
        if waiting == "ImagePullBackOff":
            said = (
                f'container "{container}" in pod "{asked.name}" is waiting to start: trying and failing to pull image'
            )
            raise No(400, "BadRequest", said)
        text = (pod["metadata"].get("annotations") or {}).get(kube.LOGS, "")
        lines = text.splitlines()
        if "tailLines" in query:
            lines = lines[len(lines) - int(query["tailLines"]) :] if int(query["tailLines"]) else []
        if query.get("timestamps") == "true":
            lines = [f"{kube.now()} {line}" for line in lines]
        data = "".join(f"{line}\n" for line in lines).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _scale(self, asked: _Asked, method: str, body: Any) -> Object:
        with self._state.lock:
            item = self._state.get(asked.kind, asked.namespace, asked.name)
            if method == "PUT":
                item["metadata"]["resourceVersion"] = body["metadata"].get("resourceVersion")
            if method != "GET":
                if causes := kube_checks.wrong("Scale", body):
                    raise kube.invalid("Scale", "autoscaling", asked.name, causes)
                item["spec"]["replicas"] = body["spec"].get("replicas", 0)
                item = self._state.replace(asked.kind, item)
            meta = {
                k: item["metadata"][k] for k in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
            }
            status = {"replicas": (item.get("status") or {}).get("replicas", 0)}
            return {
                "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta,
                "spec": {"replicas": item["spec"]["replicas"]}, "status": status,
            }  # fmt: skip

    # --- exec, over a web socket --------------------------------------------------------------

    def _exec(self, asked: _Asked, command: list[str], container: str) -> None:
        """Run the words on this machine, as the container would, and send what they print."""
        pod = self._state.get(asked.kind, asked.namespace, asked.name)
        names = [each["name"] for each in pod["spec"]["containers"]]
        if not container and len(names) > 1:
            said = f"a container name must be specified for pod {asked.name}, choose one of: [{' '.join(names)}]"
            raise No(400, "BadRequest", said)
        if container and container not in names:
            raise No(400, "BadRequest", f"container {container} is not valid for pod {asked.name}")
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        offered = self.headers.get("Sec-WebSocket-Protocol") or ""
        self.send_header("Sec-WebSocket-Protocol", f"v{5 if 'v5' in offered else 4}.channel.k8s.io")
        self.end_headers()
        self.close_connection = True
        if any(part in f"EXEC {' '.join(command)}" for part in self.server.running.dropped):
            self.connection.close()
            return
        try:
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ))
        except OSError as error:
            self._frame(3, json.dumps({"status": "Failure", "message": str(error), "reason": "InternalError"}).encode())
            return
        threads = [
            threading.Thread(target=self._pump, args=(channel, pipe), daemon=True)
            for channel, pipe in ((1, child.stdout), (2, child.stderr))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        code = child.wait(20)
        status: Object = {"metadata": {}, "status": "Success"}
        if code:
            causes = [{"reason": "ExitCode", "message": str(code)}]
            status = {"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": causes}}
            status["message"] = f"command terminated with non-zero exit code: exit status {code}"
        self._frame(3, json.dumps(status).encode())
        with suppress(OSError):
            self.wfile.write(b"\x88\x02\x03\xe8")

    def _pump(self, channel: int, pipe: Any) -> None:
        while data := pipe.read1(1 << 15):
            self._frame(channel, data)

    def _frame(self, channel: int, data: bytes) -> None:
        payload = bytes([channel]) + data
        size = len(payload)
        head = bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size)
        with suppress(OSError):
            self.wfile.write(b"\x82" + head + payload)
            self.wfile.flush()


def _nowhere(group: str) -> No:
    no = No(404, "NotFound", "the server could not find the requested resource")
    no.status["details"] = {}
    if group not in {known for known, _ in KINDS}:
        no.plain = "404 page not found\n"
    return no


def _meant(path: list[str], running: Server) -> _Asked:
    group, version, rest = ("", path[1], path[2:]) if path[0] == "api" else (path[1], path[2], path[3:])
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    kind = KINDS.get((group, rest[0]))
    if path[0] not in ("api", "apis") or kind is None or running.version(kind) != version:
        raise _nowhere(group)
    name, sub = [*rest[1:], "", ""][:2]
    if sub and sub not in kind.subs:
        if kind.group == "cert-manager.io":  # of a custom resource a real one says that the object is not there
            shown = f"{kind.name}.{kind.group}"
            raise No(404, "NotFound", f'{shown} "{name}" not found', name=name, group=kind.group, kind=kind.name)
        raise _nowhere(group)
    return _Asked(kind, namespace, name, sub)


def _discovery(path: list[str], running: Server) -> Object | None:
    match path:
        case ["version"]:
            return dict(_VERSION)
        case ["api"]:
            addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}]
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}
        case ["apis"]:
            served: dict[str, dict[str, None]] = {}
            for kind in KINDS.values():
                if kind.group:
                    served.setdefault(kind.group, {})[running.version(kind)] = None
            groups = []
            for group, versions in served.items():
                entries = [{"groupVersion": f"{group}/{each}", "version": each} for each in versions]
                groups.append({"name": group, "versions": entries, "preferredVersion": entries[0]})
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        case ["api", "v1"]:
            return _resources("", "v1", running)
        case ["apis", group, version]:
            return _resources(group, version, running)
        case _:
            return None


def _resources(group: str, version: str, running: Server) -> Object:
    found: list[Object] = []
    for kind in KINDS.values():
        if (kind.group, running.version(kind)) != (group, version):
            continue
        entry: Object = {"name": kind.name, "singularName": kind.kind.lower(), "namespaced": kind.namespaced}
        entry |= {"kind": kind.kind, "verbs": _VERBS, "storageVersionHash": "x"}
        if kind.short:
            entry["shortNames"] = list(kind.short)
        if kind.name in ("pods", "services", "deployments"):
            entry["categories"] = ["all"]
        found.append(entry)
        for sub in kind.subs:
            part: Object = {"name": f"{kind.name}/{sub}", "singularName": "", "namespaced": kind.namespaced}
            if sub == "scale":
                part |= {"group": "autoscaling", "version": "v1"}
            shown = "Scale" if sub == "scale" else kind.kind
            found.append({**part, "kind": shown, "verbs": ["get", "patch", "update"]})
    if not found:
        raise No(404, "NotFound", "the server could not find the requested resource")
    api = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "groupVersion": api, "resources": found} | (
        {"apiVersion": "v1"} if group else {}
    )


def _table(kind: Kind, items: list[Object], meta: Object, include: str) -> Object:
    columns, row = _TABLES.get(kind.name, (_NAMED, _plain_row))
    rows = []
    for item in items:
        whole = item
        if include == "Metadata":
            whole = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": item["metadata"]}
        rows.append({"cells": row(item), "object": whole})
    described = [
        {
            "name": name,
            "type": "string",
            "format": "name" if name == "Name" else "",
            "description": name,
            "priority": far,
        }
        for name, far in columns
    ]
    return {
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "columnDefinitions": described, "rows": rows,
    }  # fmt: skip


def _plain_row(item: Object) -> list[Any]:
    return [item["metadata"]["name"], "3s"]


def _pod_row(item: Object) -> list[Any]:
    states = item["status"].get("containerStatuses") or []
    waiting = [each["state"]["waiting"]["reason"] for each in states if "waiting" in each["state"]]
    restarts = sum(each["restartCount"] for each in states)
    ready = sum(each["ready"] for each in states)
    shown = waiting[0] if waiting else item["status"]["phase"]
    name, count = item["metadata"]["name"], f"{ready}/{len(states)}"
    place = [item["status"].get("podIP", "<none>"), item["spec"].get("nodeName", "<none>"), "<none>", "<none>"]
    return [name, count, shown, f"{restarts} (3s ago)" if restarts else "0", "3s", *place]


def _deployment_row(item: Object) -> list[Any]:
    status = item.get("status") or {}
    ready = f"{status.get('readyReplicas', 0)}/{item['spec']['replicas']}"
    updated, there = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    return [item["metadata"]["name"], ready, updated, there, "3s"]


def _node_row(item: Object) -> list[Any]:
    ready = next(each["status"] for each in item["status"]["conditions"] if each["type"] == "Ready")
    off = ",SchedulingDisabled" if item["spec"].get("unschedulable") else ""
    return [item["metadata"]["name"], ("Ready" if ready == "True" else "NotReady") + off, "<none>", "3s", "v1.36.2"]


_NAMED = (("Name", 0), ("Age", 0))
_PODS = ("Name", 0), ("Ready", 0), ("Status", 0), ("Restarts", 0), ("Age", 0)
_FAR = ("IP", 1), ("Node", 1), ("Nominated Node", 1), ("Readiness Gates", 1)
_TABLES: dict[str, Any] = {
    "pods": (_PODS + _FAR, _pod_row),
    "deployments": ((("Name", 0), ("Ready", 0), ("Up-to-date", 0), ("Available", 0), ("Age", 0)), _deployment_row),
    "nodes": ((("Name", 0), ("Status", 0), ("Roles", 0), ("Age", 0), ("Version", 0)), _node_row),
}
