"""A mail server, as an operator would have one: aiosmtpd, with STARTTLS or TLS, a login, and a switch to turn it off."""

import email
import email.policy
import socket
import ssl

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, SMTP

USER, PASSWORD = b"bursar@example.org", b"a-mail-password"


class Mailbox:
    """Keeps the letters that came, parsed. `security` is starttls, tls or none."""

    def __init__(self, directory, security="starttls", mechanisms=("LOGIN", "PLAIN")):
        authority = trustme.CA()
        self.trust = directory / "mail-ca.pem"
        authority.cert_pem.write_to_path(str(self.trust))
        self.security = security
        self.letters = []
        self.logins = []
        #: What is kept of letters: all whose subject does not have this in it.
        self.but = "OpenRouter account"
        #: Of what comes, so many are refused for now.
        self.busy = 0
        self.context = None
        if security != "none":
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("localhost", "127.0.0.1").configure_cert(self.context)
        self.excluded = [name for name in ("LOGIN", "PLAIN") if name not in mechanisms]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.controller = None
        self.on()

    def on(self):
        box = self

        class Server(Controller):
            def factory(self):
                return SMTP(
                    box, hostname="mail.test", auth_exclude_mechanism=box.excluded,
                    tls_context=box.context if box.security == "starttls" else None,
                    require_starttls=box.security == "starttls", auth_required=box.security != "none",
                    auth_require_tls=box.security == "starttls", authenticator=box.authenticate)

        context = self.context if self.security == "tls" else None
        self.controller = Server(self, hostname="127.0.0.1", port=self.port, ssl_context=context)
        self.controller.start()

    def off(self):
        if self.controller:
            self.controller.stop()
            self.controller = None

    close = off

    def authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append((mechanism, data.login))
        return AuthResult(success=(data.login, data.password) == (USER, PASSWORD), handled=False)

    async def handle_DATA(self, server, session, envelope):
        if self.busy > 0:
            self.busy -= 1
            return "451 busy, try again"
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert letter["to"].addresses[0].addr_spec == envelope.rcpt_tos[0]
        if self.but not in letter["subject"]:
            self.letters.append(letter)
        return "250 taken"

    def subjects(self, to=None):
        return [letter["subject"] for letter in self.letters if to in (None, letter["to"].addresses[0].addr_spec)]

    @property
    def settings(self):
        """What a gateway needs to send here."""
        settings = {
            "SMTP_HOST": "localhost", "SMTP_PORT": str(self.port), "SMTP_SECURITY": self.security, "SMTP_FROM": "bursar@example.org",
            "SMTP_CA_FILE": str(self.trust),
        }
        if self.security != "none":
            settings |= {"SMTP_USERNAME": USER.decode(), "SMTP_PASSWORD": PASSWORD.decode()}
        return settings
