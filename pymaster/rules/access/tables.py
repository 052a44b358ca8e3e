"""tables - check_client_access and its kin: an access table asked about a name, an address or a login."""

from collections.abc import Callable

from pymaster.config.params.restrictions import RestrictionsParams
from pymaster.config.words import split_list
from pymaster.model.lookup import Maps
from pymaster.rules.access import search
from pymaster.rules.access.actions import Actions
from pymaster.rules.access.build import Builder, Maker
from pymaster.rules.access.facts import CLIENT, ETRN, HELO, PERMIT, RECIPIENT, SENDER, Check, Context, Facts, Verdict
from pymaster.rules.access.refuse import unusable
from pymaster.util.errors import ConfigError, LookupFailed

# (maps, facts) -> value; what one kind of check looks up.
Find = Callable[[Maps, Facts], bytes | None]


def makers(actions: Callable[[], Actions], complete: Callable[[bytes], bytes]) -> dict[str, tuple[bool, Maker]]:
    """The table checks of one process. `complete` makes an address `user@domain`."""

    def maker(kind: Context, finder: Callable[[Builder], Find]) -> tuple[bool, Maker]:
        def make(build: Builder, argument: str, context: Context) -> Check:
            if ":" not in argument:
                raise ConfigError(f'bad argument "{argument}": need maptype:mapname')
            maps = build.tools.open_maps(argument, "smtpd_access_maps")
            find = finder(build)

            def check(facts: Facts) -> Verdict | None:
                try:
                    value = find(maps, facts)
                except LookupFailed as exc:
                    return unusable(kind, facts, f"{argument}: {exc}")
                return None if value is None else actions().perform(facts, value, kind, argument)

            return check

        return True, make

    return {
        "check_client_access": maker(CLIENT, _client),
        "check_reverse_client_hostname_access": maker(CLIENT, _reverse),
        "check_helo_access": maker(HELO, _helo),
        "check_sender_access": maker(SENDER, lambda build: _sender(build, complete)),
        "check_recipient_access": maker(RECIPIENT, lambda build: _recipient(build, complete)),
        "check_etrn_access": maker(ETRN, _etrn),
        "check_sasl_access": maker(CLIENT, _sasl),
        "check_address_map": (True, _listed),
        "check_ccert_access": maker(CLIENT, lambda build: lambda maps, facts: None),
    }


def _listed(build: Builder, argument: str, context: Context) -> Check:
    """PERMIT for a client whose address has any value (local_header_rewrite_clients)."""
    maps = build.tools.open_maps(argument, "local_header_rewrite_clients")
    return lambda facts: PERMIT if maps.get(facts.address.encode()) is not None else None


def _parents(build: Builder) -> bool:
    return "smtpd_access_maps" in split_list(build.snapshot.text("parent_domain_matches_subdomains"))


def _client(build: Builder) -> Find:
    parents = _parents(build)
    return lambda maps, facts: search.host(maps, facts.name, facts.address, parents)


def _reverse(build: Builder) -> Find:
    parents = _parents(build)
    return lambda maps, facts: search.domain(maps, facts.reverse_name.encode(), parents)


def _helo(build: Builder) -> Find:
    parents = _parents(build)
    return lambda maps, facts: search.domain(maps, facts.helo or b"", parents)


def _etrn(build: Builder) -> Find:
    parents = _parents(build)
    return lambda maps, facts: search.domain(maps, facts.etrn, parents)


def _sasl(build: Builder) -> Find:
    return lambda maps, facts: maps.get(facts.sasl_username.encode()) if facts.sasl_username else None


def _sender(build: Builder, complete: Callable[[bytes], bytes]) -> Find:
    parents, delimiters = _parents(build), build.snapshot.text("recipient_delimiter").encode()
    null = build.snapshot[RestrictionsParams].smtpd_null_access_lookup_key.encode()

    def find(maps: Maps, facts: Facts) -> bytes | None:
        if facts.sender is None:
            return None
        if not facts.sender:
            return maps.get(null)
        return search.mail(maps, complete(facts.sender), parents, delimiters)

    return find


def _recipient(build: Builder, complete: Callable[[bytes], bytes]) -> Find:
    parents, delimiters = _parents(build), build.snapshot.text("recipient_delimiter").encode()

    def find(maps: Maps, facts: Facts) -> bytes | None:
        if not facts.recipient:
            return None
        return search.mail(maps, complete(facts.recipient), parents, delimiters)

    return find
