"""As much of MongoDB as a login takes, made from its documents with MongoDB's own BSON library.

Usage: mongodb.py PORT FOLDER PASSWORD   with `key.pem` in FOLDER: TLS
`app` has both kinds of proof, `old` the older one only. Users are in the database `admin`.
"""
import base64, hashlib, hmac, os, socketserver, ssl, struct, sys

import bson

PORT, FOLDER, PASSWORD = int(sys.argv[1]), sys.argv[2], sys.argv[3]
WAYS = {"app": ["SCRAM-SHA-1", "SCRAM-SHA-256"], "old": ["SCRAM-SHA-1"]}


def failed(code, name, text):
    return {"ok": 0.0, "errmsg": text, "code": code, "codeName": name}


class Scram:
    """The server's side of RFC 5802."""

    def __init__(self, way, first, database):
        self.hash = "sha256" if way.endswith("256") else "sha1"
        self.bare = first.split(",", 2)[2]
        fields = dict(field.split("=", 1) for field in self.bare.split(","))
        user = fields["n"]
        self.is_known = database == "admin" and way in WAYS.get(user, [])
        password = PASSWORD
        if self.hash == "sha1":
            password = hashlib.md5(f"{user}:mongo:{PASSWORD}".encode()).hexdigest()
        salt, rounds = os.urandom(16), 4096
        self.salted = hashlib.pbkdf2_hmac(self.hash, password.encode(), salt, rounds)
        self.nonce = fields["r"] + base64.b64encode(os.urandom(18)).decode()
        self.challenge = f"r={self.nonce},s={base64.b64encode(salt).decode()},i={rounds}"

    def sign(self, key, text):
        return hmac.new(key, text, self.hash).digest()

    def answer(self, last):
        """The last message; none where the proof is wrong."""
        bare, proof = last.rsplit(",p=", 1)
        said = ",".join([self.bare, self.challenge, bare]).encode()
        kept = hashlib.new(self.hash, self.sign(self.salted, b"Client Key")).digest()
        mask = self.sign(kept, said)
        key = bytes(one ^ other for one, other in zip(base64.b64decode(proof), mask))
        is_right = hashlib.new(self.hash, key).digest() == kept and f"c=biws,r={self.nonce}" == bare
        if not (is_right and self.is_known):
            return None
        return "v=" + base64.b64encode(self.sign(self.sign(self.salted, b"Server Key"), said)).decode()


class Talk(socketserver.StreamRequestHandler):
    def handle(self):
        self.scram = None
        while head := self.rfile.read(16):
            length, number, _, kind = struct.unpack("<iiii", head)
            body = self.rfile.read(length - 16)
            if kind == 2004:  # how older clients begin
                start = body.index(b"\0", 4) + 9
                answer = bson.encode(self.run(bson.decode(body[start:])))
                reply = struct.pack("<iqii", 8, 0, 0, 1) + answer
                self.wfile.write(struct.pack("<iiii", 16 + len(reply), 0, number, 1) + reply)
                continue
            assert kind == 2013 and body[4] == 0, (kind, body)
            answer = b"\0\0\0\0\0" + bson.encode(self.run(bson.decode(body[5:])))
            self.wfile.write(struct.pack("<iiii", 16 + len(answer), 1, number, 2013) + answer)

    def run(self, command):
        name = next(iter(command))
        if name in ("hello", "ismaster", "isMaster"):
            hello = {"isWritablePrimary": True, "ismaster": True, "maxBsonObjectSize": 16777216, "maxWireVersion": 21}
            hello |= {"minWireVersion": 0, "ok": 1.0, "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000}
            database, _, user = command.get("saslSupportedMechs", "").partition(".")
            if database == "admin" and user in WAYS:
                hello["saslSupportedMechs"] = WAYS[user]
            return hello
        if name == "saslStart":
            self.scram = Scram(command["mechanism"], command["payload"].decode(), command["$db"])
            return {"conversationId": 1, "done": False, "payload": self.scram.challenge.encode(), "ok": 1.0}
        if name == "saslContinue" and command["payload"]:
            last = self.scram.answer(command["payload"].decode())
            if last is None:
                return failed(18, "AuthenticationFailed", "Authentication failed.")
            return {"conversationId": 1, "done": False, "payload": last.encode(), "ok": 1.0}
        if name == "saslContinue":
            return {"conversationId": 1, "done": True, "payload": b"", "ok": 1.0}
        if name in ("ping", "endSessions"):
            return {"ok": 1.0} if self.scram else failed(13, "Unauthorized", "command requires authentication")
        return failed(59, "CommandNotFound", f"no such command: '{name}'")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def get_request(self):
        stream, address = super().get_request()
        if os.path.exists(f"{FOLDER}/key.pem"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{FOLDER}/cert.pem", f"{FOLDER}/key.pem")
            stream = context.wrap_socket(stream, server_side=True)
        return stream, address


Server(("127.0.0.1", PORT), Talk).serve_forever()
