"""`tacit config show`: each setting with where it came from, and no secret."""


def origin(cli, name, *arguments):
    return cli.bare(*arguments, "config", "show", "--json").json["settings"][name]


def test_a_setting_comes_from_the_strongest_place_that_names_it(cli, monkeypatch):
    assert origin(cli, "namespace") == {"value": "default", "from": "default"}
    user = cli.folder / "config" / "tacit" / "tacit.toml"
    user.parent.mkdir(parents=True)
    user.write_text('namespace = "user"\n')
    assert origin(cli, "namespace") == {"value": "user", "from": str(user)}
    (cli.folder / "tacit.toml").write_text('namespace = "project"\n')
    assert origin(cli, "namespace") == {"value": "project", "from": "tacit.toml"}
    (cli.folder / ".env").write_text("TACIT_NAMESPACE=dotenv\n")
    assert origin(cli, "namespace") == {"value": "dotenv", "from": ".env"}
    monkeypatch.setenv("TACIT_NAMESPACE", "environment")
    assert origin(cli, "namespace") == {"value": "environment", "from": "environment (TACIT_NAMESPACE)"}
    assert origin(cli, "namespace", "-n", "flag") == {"value": "flag", "from": "flag"}
    assert origin(cli, "path", "--db", "x.db") == {"value": "x.db", "from": "flag (--db)"}


def test_secrets_are_never_printed(cli, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("TACIT_EMBEDDER_URL", "https://ann:hunter2@models.example/v1?api_key=hunter3&x=1")
    monkeypatch.setenv("TACIT_CHAT_KEY", "sk-very-secret")
    monkeypatch.setenv("TACIT_CHAT_URL", "https://ann:hunter4@chats.example/v1?api_key=hunter5")
    for arguments in (["config", "show"], ["config", "show", "--json"]):
        shown = cli.bare(*arguments)
        assert shown.code == 0
        assert "secret" not in shown.out.replace('"secrets"', "")
        assert "hunter" not in shown.out
        assert "models.example" in shown.out
    assert cli.bare("config", "show", "--json").json["secrets"] == {
        "TACIT_EMBEDDER_KEY": "not set", "TACIT_CHAT_KEY": "set", "OPENAI_API_KEY": "set", "GROQ_API_KEY": "not set",
        "OPENROUTER_API_KEY": "not set", "GEMINI_API_KEY": "not set",
    }  # fmt: skip


def test_a_broken_settings_file_is_a_clear_error(cli):
    (cli.folder / "tacit.toml").write_text("namespace = \n")
    ended = cli.bare("stats", "--json")
    assert (ended.code, ended.error["error"]) == (5, "ConfigurationError")
    (cli.folder / "tacit.toml").write_text('worker = "sometimes"\n')
    assert cli.bare("config", "show", "--json").error["what"] == "the setting worker cannot be used"


def test_the_address_of_a_webhook_and_the_words_of_a_command_are_secret(cli, monkeypatch):
    monkeypatch.setenv("TACIT_NOTIFY", '["log", "https://hooks.example/T0/very-secret", "mail -s very-secret me"]')
    for ended in (cli("config", "show"), cli("config", "show", "--json")):
        assert ended.code == 0
        assert "very-secret" not in ended.out
        assert "https://hooks.example/***" in ended.out
        assert "mail ***" in ended.out
