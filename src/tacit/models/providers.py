"""Who serves chat models over OpenAI's protocol: where, and which variable holds the key to them.

Floor 3. Below: nothing. Above: `open`. Addresses and names are those that each provider documents.
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

__all__ = ["CHAT_KEY", "CHAT_PROVIDERS", "ChatProvider"]

CHAT_KEY = "TACIT_CHAT_KEY"
"""The variable that holds the key to whichever address the owner has named."""


class ChatProvider(NamedTuple):
    """One of them."""

    url: str
    """Base URL."""
    key: str
    """The provider's own variable; empty where no key is needed. Its key is sent to the provider's own host alone."""
    example: str
    """How a name looks."""
    limit: str = "max_tokens"
    """What the most tokens are called there. OpenAI's models refuse `max_tokens` since o1; what else is OpenAI-
    compatible often knows nothing else."""

    def is_own(self, url: str | None) -> bool:
        """Whether a base URL, if there is one, is at the provider's own host."""
        if url is None:
            return True
        own = urlsplit(self.url)
        return f"{url.strip()}/".startswith(f"{own.scheme}://{own.netloc}/")


CHAT_PROVIDERS: Mapping[str, ChatProvider] = {
    "openai": ChatProvider("https://api.openai.com/v1", "OPENAI_API_KEY", "openai:gpt-5.2", "max_completion_tokens"),
    "groq": ChatProvider("https://api.groq.com/openai/v1", "GROQ_API_KEY", "groq:openai/gpt-oss-120b"),
    "openrouter": ChatProvider("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "openrouter:openai/gpt-5.2"),
    "google": ChatProvider(
        "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY", "google:gemini-3.5-flash"
    ),
    "ollama": ChatProvider("http://localhost:11434/v1", "", "ollama:gpt-oss:20b"),
    "lmstudio": ChatProvider("http://localhost:1234/v1", "", "lmstudio:MODEL"),
}
