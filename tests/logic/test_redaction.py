"""Secrets are taken out, ordinary text is left alone, and it takes linear time.

The secrets here are made up, and put together at run time so that no scanner takes this file for a leak.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacit.logic.redaction import redact
from tacit.logic.secrets_table import RULES

KEY_LINES = "\n".join(["MIIEpAIBAAKCAQEA" + "b4T8" * 12] * 5)

SECRETS = {
    "aws-key": "AKIA" + "Q7X2" * 4,
    "github-token": "ghp_" + "a1B2" * 9,
    "github-token ": "github_pat_" + "11ABCDEFG0" * 5,
    "gitlab-token": "glpat-" + "x7_Yz-9kQw" * 2,
    "anthropic-key": "sk-ant-" + "api03-" + "Ab3_" * 20,
    "openai-key": "sk-" + "proj-" + "aB3dE6gH9" * 5,
    "openai-key ": "sk-" + "3f" * 16,
    "groq-key": "gsk_" + "aB3d" * 13,
    "huggingface-token": "hf_" + "aBcD" * 9,
    "google-key": "AIza" + "SyA1_" * 7,
    "slack-token": "xoxb-" + "123456789012-" * 2 + "aBcDeFgH",
    "stripe-key": "sk_live_" + "4eC39HqLyjWD",
    "sendgrid-key": "SG." + "aB3_dE6-gH9kL2mN5pQ8" + "." + "aB3_dE6-gH9kL2mN5pQ8" * 2,
    "npm-token": "npm_" + "aB3d" * 9,
    "pypi-token": "pypi-" + "AgEIcHlwaS5vcmc" + "aB3_" * 15,
    "digitalocean-token": "dop_v1_" + "0a1b2c3d" * 8,
    "telegram-token": "AA" + "aB3_d" * 6 + "xyz",
    "jwt": "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0" + "." + "dozjgNryP4J3jVmNHl0w5N",
    "private-key": f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_LINES}\n-----END RSA PRIVATE KEY-----",
    "private-key ": f"-----BEGIN PRIVATE KEY-----\n{KEY_LINES}".replace("\n", "\\n"),
    "webhook": "T00000000/B00000000/" + "aB3d" * 6,
}
AROUND = {"telegram-token": ("bot123456789:", ""), "webhook": ("https://hooks.slack.com/services/", "")}


@pytest.mark.parametrize("label", SECRETS)
def test_a_token_is_replaced_by_its_label_wherever_it_stands(label: str) -> None:
    before, after = AROUND.get(label, ("", ""))
    for left, right in (("", ""), ("use ", " now"), ('{"a": "', '"}'), ("x" * 400 + "\n", "\n" + "y " * 400)):
        text, count = redact(left + before + SECRETS[label] + after + right)
        assert text == f"{left}{before}[redacted:{label.strip()}]{after}{right}"
        assert count == 1


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("export DB_PASSWORD=hunter2", "export DB_PASSWORD="),
        ("SECRET=correcthorse", "SECRET="),
        ('{"password": "hunter2", "user": "bob"}', '{"password": "'),
        (r"{\"client_secret\": \"f7a9c1e2b3d4\"}", r"{\"client_secret\": \""),
        ("password: S3cr3t!", "password: "),
        ("conn(user='x', password='123456')", "conn(user='x', password='"),
        ("Server=db;Uid=sa;Password=letmein;", "Server=db;Uid=sa;Password="),
        ("AccountKey=abcdefghijklmnop0123456789==;Endpoint=x", "AccountKey="),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzz", "aws_secret_access_key = "),
        ("mysql --password hunter2 -e x", "mysql --password "),
        ("tool --api-key=abcdef --go", "tool --api-key="),
        ("curl -u bob:sekret https://x", "curl -u bob:"),
        ("Authorization: Bearer abcdef0123456789abcdef", "Authorization: Bearer "),
        ("-H 'Authorization: Basic Ym9iOnNla3JldA=='", "-H 'Authorization: Basic "),
        ("postgres://bob:p4ss@db:5432/x", "postgres://bob:"),
        ("https://x.blob.net/a?sv=1&sig=" + "aB3%2" * 10, "https://x.blob.net/a?sv=1&sig="),
        ("GET /cb?access_token=0a1b2c3d4e5f6a7b&x=1", "GET /cb?access_token="),
        ("密码 PASSWORD=密碼12345 İİİ", "密码 PASSWORD="),
    ],
)
def test_a_value_whose_name_or_place_says_secret_is_replaced(text: str, kept: str) -> None:
    told, count = redact(text)
    assert count == 1
    assert told.startswith(f"{kept}[redacted:")


@pytest.mark.parametrize(
    "text",
    [
        "the password reset link was sent; the token expired, and its secret is out",
        "commit 244fd53c0ffee1234567890abcdef1234567890a fixes 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        '"integrity": "sha512-AbCdEf0123456789+/AbCdEf0123456789+/AbCdEf0123456789==",',
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "password = getpass()",
        "password = self.password",
        "token = tokens[0]",
        "secret = os.environ['SECRET_NAME']",
        "def login(user: str, password: str) -> None:",
        "connect(user=user, password=password)",
        "max_tokens=4096, token_count: 123456",
        'password: "${DB_PASSWORD}"',
        "DB_PASSWORD=$OTHER PASSWORD=<your password> API_KEY=your-key-goes-here-1",
        "PWD=/srv/project OLDPWD=/tmp/1",
        "https://example.com:8080/a@b and git@github.com:org/repo.git",
        "https://${USER}:${TOKEN}@github.com/x",
        "Bearer tokens are described in RFC 6750",
        "use --password to log in, or --token flag",
        "sk-learn, sk-spinner sk-circle-fade-dot-with-a-long-name",
        "-----BEGIN PRIVATE KEY----- is how such a file begins",
        "-----BEGIN PUBLIC KEY-----\n" + KEY_LINES + "\n-----END PUBLIC KEY-----",
        "the key: value pairs; keyboard=qwertyuiop12345; primary_key=1234567890123",
        "eyJ is how a header begins",
        "private_key: ed25519.Ed25519PrivateKey, other: int; private_key = Ed25519PrivateKey | None",
        'tokens = _sqlparse_py3(sql); CHALLENGE_PASSWORD: "challengePassword"',
        "[redacted:aws-key] password=[redacted:secret] postgres://a:[redacted:url-password]@b",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == (text, 0)
    longer = f"{'blah ' * 100}\n{text}\n{'blah ' * 100}"
    assert redact(longer) == (longer, 0)


PARTS = [
    *SECRETS.values(), "password=", "token: ", '"', "'", "://a:", "@", " ", "\n", "x", "é", "=", "-", ".", "curl -u ",
    "&", "Bearer ", "[redacted:x]", "--token ", "secret", "PASSWORD=", "(", "key", "1", ":", "/", "\\",
]  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once, _ = redact(text)
    assert redact(once) == (once, 0)


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    once, count = redact(text)
    assert (once == text) == (count == 0)


UNITS = [
    "a", "eyJ", "-eyJ", ".eyJa", "-----BEGIN PRIVATE KEY-----\n", "password=", 'password="', "password:   ", "://a:b",
    "://a:b@", "curl ", "curl -u a:", "--password ", "bearer aaaa", "xoxb-", "sk-a", ":AA", "sig=", "\\", "token=a1 ",
    "secret=(", "-----BEGIN PRIVATE KEY-----\nProc-Type: 4", "key=", "[redacted:x]", "é",
]  # fmt: skip


def test_no_long_text_holds_it_up() -> None:
    """Some 2 s in all; were one pattern quadratic, this would not end. A megabyte of each takes at most 1.2 s."""
    for unit in [*UNITS, *(literal for rule in RULES for literal in rule.literals)]:
        text = (unit * (100_000 // len(unit) + 1))[:100_000]
        assert len(redact(text)[0]) > 0
