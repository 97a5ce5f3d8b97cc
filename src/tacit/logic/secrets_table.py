"""The table of secrets that are recognised: label, the literals at which one begins, the pattern from there on.

Floor 2. Below: nothing. Above: logic.redaction applies it. Coverage was compared with the rule lists of gitleaks and
detect-secrets; the patterns are our own. Applied at the literals only, and linear: a repetition is bounded, or
possessive over characters within which no other match can begin.

Not covered: secrets without a telling prefix, name or place (a bare password in prose, the value of a cookie).
"""

import re
from dataclasses import dataclass

__all__ = ["RULES", "Rule"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One kind of secret."""

    label: str
    literals: tuple[str, ...]
    """In lower case, three characters or more: the pattern is tried where one of them stands, in any case."""
    pattern: re.Pattern[str]
    """The group `secret` or `other`, else the whole match, is replaced."""
    judged: bool = False
    """True: a match is `NAME=value` and counts only if the value looks like a secret."""


def _token(label: str, literals: str, pattern: str) -> Rule:
    """A token that begins with a prefix of its own, not within a longer word."""
    return Rule(label=label, literals=tuple(literals.split()), pattern=re.compile(f"(?<![A-Za-z0-9_-])(?:{pattern})"))


GAP = r"(?:\s|\\+[nrt]|[\"'+,])"
"""Between the lines of a key block: blanks, or what a string literal or JSON makes of them."""
KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    rf"(?:{GAP}*(?:Proc-Type|DEK-Info|Version|Comment|Hash):[^\n\\]{{0,200}}){{0,4}}"
    rf"(?:{GAP}*[A-Za-z0-9+/=]{{20,}})+"
    rf"(?:(?:{GAP}*[A-Za-z0-9+/=]{{1,80}}){{0,3}}{GAP}*-----END[A-Z0-9 ]{{0,60}}-----)?"
)
"""A block that is cut off before its END is a secret, too. No possessive groups: Python 3.11.2 does
not go back when a further repetition fails half-way. Nothing after the first line of the key can fail, so that the
search stays linear."""

KEYS = ("api", "access", "private", "account", "auth", "encryption", "signing", "master")
KEY = "|".join(rf"(?<={kind})key|(?<={kind}[_-])key" for kind in KEYS)
QUOTE = r"\\{0,4}[\"'`]"
ASSIGNED = re.compile(
    rf"(?P<name>(?i:passw(?:or)?d|passphrase|pwd|secret|token|credential|{KEY})s?"
    r"(?:[_-]?(?i:(?:access[_-]?)?key(?:[_-]?base)?)|[_-]?(?i:hash|value)|[_-]?\d{1,3})?)"
    rf"(?:{QUOTE})?\]?(?:\s?:\s?str(?:ing)?(?=\s?=))?"
    r"(?P<between>\s{0,8}(?:=>|:=|==?|:)\s{0,8}|[ ]{1,4})"
    rf"(?:(?P<quote>{QUOTE})(?P<quoted>[^\"'`\\\s]{{4,}}+)(?=\\{{0,4}}[\"'`])|(?P<plain>[^\s\"'`,;&|<>(){{}}\[\]\\]{{4,}}+))"
)
CURL = re.compile(
    r"curl\s[^\n|;]{0,300}?(?<=\s)(?:-u|--user)[= ]?[\"']?[^\s:\"'$]{1,100}:(?P<secret>(?![$<{\[*])[^\s\"'$]{3,}+)"
)
URL = re.compile(r"://[^\s:/@\"'<>`]{0,100}+:(?P<secret>(?![$<{*%]|\[redacted:)[^\s/@\"'<>`]{1,}+)@")
BEARER = re.compile(r"(?i:bearer)[ +]{1,4}(?P<secret>(?=[A-Za-z._~+/=-]{0,300}+\d)[A-Za-z0-9._~+/=-]{16,}+)")
AUTHORIZATION = re.compile(
    r"(?i:authorization)\\{0,4}[\"']?\s{0,4}[:=]\s{0,4}(?:\\{0,4}[\"'])?(?i:basic|token|apikey|digest)[ ]{1,4}"
    r"(?P<secret>[A-Za-z0-9._~+/=-]{8,}+)"
)
WEBHOOK = re.compile(
    r"(?:hooks\.slack\.com/(?:services|workflows)/|discord(?:app)?\.com/api/webhooks/)(?P<secret>[A-Za-z0-9/_-]{20,}+)"
)
SIGNATURE = re.compile(r"(?:(?<=[?&;])(?i:sig)|(?:(?<=-Amz-)|(?<=-Goog-))Signature)=(?P<secret>[A-Za-z0-9%+/=]{32,}+)")

RULES = (
    Rule(label="private-key", literals=("-----begin ",), pattern=KEY_BLOCK),
    _token("aws-key", "akia asia", r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _token("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{36,}+"),
    _token("github-token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,}+"),
    _token("gitlab-token", "glpat- gldt- glrt- glptt-", r"gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,}+"),
    _token("anthropic-key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}+"),
    _token(
        "openai-key",
        "sk-",
        r"sk-(?=[A-Za-z_-]{0,200}+\d)(?=[a-z0-9_-]{0,200}+[A-Z]|(?:[a-z]{1,9}-){0,2}(?:v1-)?[a-z0-9]{20})"
        r"[A-Za-z0-9_-]{20,}+",
    ),
    _token("groq-key", "gsk_", r"gsk_[A-Za-z0-9]{40,}+"),
    _token("xai-key", "xai-", r"xai-[A-Za-z0-9]{60,}+"),
    _token("huggingface-token", "hf_", r"hf_[A-Za-z0-9]{30,}+"),
    _token("replicate-token", "r8_", r"r8_[A-Za-z0-9]{37,}+"),
    _token("google-key", "aiza", r"AIza[A-Za-z0-9_-]{35,}+"),
    _token("google-key", "gocspx-", r"GOCSPX-[A-Za-z0-9_-]{20,}+"),
    _token("google-token", "ya29.", r"ya29\.[A-Za-z0-9_-]{20,}+"),
    _token("slack-token", "xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs-", r"xox[abeoprs][.-][A-Za-z0-9.-]{10,}+"),
    _token("slack-token", "xapp-", r"xapp-\d-[A-Za-z0-9-]{10,}+"),
    Rule(label="webhook", literals=("hooks.slack.com/", "discord.com/api/", "discordapp.com/api/"), pattern=WEBHOOK),
    _token("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_", r"[sr]k_(?:live|test)_[A-Za-z0-9]{10,}+"),
    _token("stripe-key", "whsec_", r"whsec_[A-Za-z0-9+/=]{20,}+"),
    _token("sendgrid-key", "sg.", r"SG\.[A-Za-z0-9_-]{16,64}+\.[A-Za-z0-9_-]{16,}+"),
    _token("npm-token", "npm_", r"npm_[A-Za-z0-9]{36,}+"),
    _token("pypi-token", "pypi-age", r"pypi-AgE[A-Za-z0-9_-]{40,}+"),
    _token("docker-token", "dckr_", r"dckr_[po]at_[A-Za-z0-9_-]{20,}+"),
    _token("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", r"do[opr]_v1_[a-f0-9]{40,}+"),
    _token("databricks-token", "dapi", r"dapi[a-f0-9]{32}(?:-\d)?(?![A-Za-z0-9])"),
    _token("shopify-token", "shpat_ shpss_ shpca_", r"shp(?:at|ss|ca)_[A-Fa-f0-9]{32,}+"),
    _token("vault-token", "hvs. hvb.", r"hv[sb]\.[A-Za-z0-9_-]{20,}+"),
    _token("linear-key", "lin_api_", r"lin_api_[A-Za-z0-9]{30,}+"),
    _token("notion-token", "ntn_", r"ntn_[A-Za-z0-9]{40,}+"),
    _token("grafana-token", "glsa_", r"glsa_[A-Za-z0-9]{30,}+_[a-fA-F0-9]{8}"),
    _token("atlassian-token", "atatt3", r"ATATT3[A-Za-z0-9_=-]{50,}+"),
    _token("age-key", "age-secret-key-1", r"AGE-SECRET-KEY-1[A-Z0-9]{40,}+"),
    Rule(
        label="telegram-token",
        literals=(":aa",),
        pattern=re.compile(r"(?<=\d{8}):(?P<secret>AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])"),
    ),
    _token("jwt", "eyj", r"eyJ[A-Za-z0-9_-]{10,}+\.eyJ[A-Za-z0-9_-]{4,}+\.[A-Za-z0-9_-]{4,}+"),
    Rule(label="authorization", literals=("bearer",), pattern=BEARER),
    Rule(label="authorization", literals=("authorization",), pattern=AUTHORIZATION),
    Rule(label="url-password", literals=("://",), pattern=URL),
    Rule(label="signature", literals=("sig=", "signature="), pattern=SIGNATURE),
    Rule(label="password", literals=("curl ",), pattern=CURL),
    *(
        Rule(label="secret", literals=(name,), pattern=ASSIGNED, judged=True)
        for name in ("passw", "passphrase", "pwd", "secret", "token", "credential", "key")
    ),
)
"""In the order of application: the telling ones first, so that `token=ghp_...` is labelled a GitHub token."""
