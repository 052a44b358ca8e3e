from pymaster.util.errors import ConfigError


def test_config_error_names_its_place() -> None:
    assert str(ConfigError("bad", "/etc/main.cf, line 3")) == "/etc/main.cf, line 3: bad"
    assert str(ConfigError("bad")) == "bad"
