"""A server of SSH that takes passwords, with the library asyncssh.

Usage: ssh.py PORT FOLDER PASSWORD   with the host's private key as `host` in FOLDER; a FOLDER with `by-key` in its name takes none
`app` has the password, `open` needs none. What it is shown and asked is in `seen`, in FOLDER.
"""
import asyncio, sys, warnings

warnings.simplefilter("ignore")
import asyncssh

PORT, FOLDER, PASSWORD = int(sys.argv[1]), sys.argv[2], sys.argv[3]


def note(what):
    with open(f"{FOLDER}/seen", "a") as seen:
        print(what, file=seen)


class Server(asyncssh.SSHServer):
    def begin_auth(self, user):
        note(f"user {user}")
        return user != "open"

    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, user, key):
        return False

    def password_auth_supported(self):
        return "by-key" not in FOLDER

    def validate_password(self, user, password):
        note(f"password of {user}: {password}")
        return user == "app" and password == PASSWORD

    def session_requested(self):
        note("session")
        return False

    def connection_lost(self, error):
        note("left" if error is None else "lost")


async def main():
    await asyncssh.create_server(Server, "127.0.0.1", PORT, server_host_keys=[f"{FOLDER}/host"])
    await asyncio.Event().wait()


asyncio.run(main())
