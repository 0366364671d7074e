"""A socket between a client and the server, which loses a reply, turns the order of replies round, or never answers."""

import contextlib
import json
import socket
import threading


class Proxy:
    def __init__(self, sidecar, behaviour="forward", after_loss=None):
        self.path = str(sidecar.directory / "proxy.sock")
        self.connections = []  # For each connection its request lines, parsed.
        self.lost = []  # Replies that the client never saw.
        self._target = sidecar.path
        self._behaviour = behaviour
        self._after_loss = after_loss
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        # A thread that waits in accept() is woken by shutdown() only.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def requests(self):
        return [request for connection in self.connections for request in connection]

    def _accept(self):
        with contextlib.suppress(OSError):  # The end of close().
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        seen = []
        self.connections.append(seen)
        # The client or the server may go at any time: that is what this is for.
        with contextlib.suppress(OSError), client, socket.socket(socket.AF_UNIX) as server:
            server.connect(self._target)
            getattr(self, f"_{self._behaviour}")(seen, client, server)

    @staticmethod
    def _lines(stream, seen):
        for line in stream.makefile("rb"):
            seen.append(json.loads(line))
            yield line

    def _forward(self, seen, client, server):
        def back():
            with contextlib.suppress(OSError):
                for reply in server.makefile("rb"):
                    client.sendall(reply)
                client.shutdown(socket.SHUT_RDWR)

        replies = threading.Thread(target=back, daemon=True)
        replies.start()
        for line in self._lines(client, seen):
            server.sendall(line)
        server.shutdown(socket.SHUT_WR)
        replies.join()

    def _lose_one_reply(self, seen, client, server):
        self._behaviour = "forward"
        server.sendall(next(self._lines(client, seen)))
        self.lost.append(json.loads(server.makefile("rb").readline()))
        self._after_loss()

    def _turn_three_round(self, seen, client, server):
        """Sends nothing on before three requests are there, and the last reply first."""
        lines = self._lines(client, seen)
        server.sendall(b"".join(next(lines) for _ in range(3)))
        replies = server.makefile("rb")
        by_id = {json.loads(reply)["id"]: reply for reply in (replies.readline() for _ in range(3))}
        for request in reversed(seen):
            client.sendall(by_id[request["id"]])
        next(lines, None)  # Until the client closes.

    def _say_nothing(self, seen, client, server):
        for _ in self._lines(client, seen):
            pass
        threading.Event().wait()  # A half-closed connection stays silent too.
